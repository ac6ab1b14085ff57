"""Parts of all builds by the sums of a formula: what bounds the products of one, and what divides it."""
