"""The best filling of slots with decorations, exact, for many builds at once."""
