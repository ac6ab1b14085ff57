"""Branch and bound on counts of decorations, many builds at once, by one shared linear program."""
