"""Fillings with which builds come to a product, as least levels and the least of a sum; the first of them."""
