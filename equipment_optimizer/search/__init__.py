"""The best builds of a problem, proved: which engine, and what fits into memory."""
