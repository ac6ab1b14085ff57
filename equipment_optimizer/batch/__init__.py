"""Many lists: which are out of date, made side by side, and what changed."""
