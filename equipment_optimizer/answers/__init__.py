"""What the reader of a list asks next: what to get, what separates builds, how firm the best one is."""
