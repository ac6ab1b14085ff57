"""Sections of a configuration file, each into its record: faults go to the findings of the file."""
