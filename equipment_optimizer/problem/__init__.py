"""Records into integers, and exact scores of them."""
