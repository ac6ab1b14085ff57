"""What the parsers of the commands say, in other forms: a man page, shell completion, a page of the documentation."""
