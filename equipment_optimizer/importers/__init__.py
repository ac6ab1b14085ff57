"""Other programs' data into the text of our own files."""
