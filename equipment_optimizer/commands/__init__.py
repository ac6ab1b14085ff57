"""What a user starts: one file per command."""
