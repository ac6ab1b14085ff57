"""Records into CSV, JSON and HTML files, and onto a terminal."""
