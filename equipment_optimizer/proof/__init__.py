"""Proofs that anyone can check: what a search rests on as a file, and a checker that shares nothing with us."""
