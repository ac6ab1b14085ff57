"""The files of a job into records, with every fault of every file at once."""
