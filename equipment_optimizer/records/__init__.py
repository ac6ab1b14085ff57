"""Equipment, configuration, combinations and results as records and columns, and the order of results."""
