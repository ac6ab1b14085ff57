"""The list of the best builds: the rule that orders them, and how a long one is kept packed."""
