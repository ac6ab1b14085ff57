"""Prices, the bound that holds for any prices, and the linear program that finds good ones."""
