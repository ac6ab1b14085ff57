"""The best builds by a formula, a product of sums: logarithms bound it, exact products order it."""
