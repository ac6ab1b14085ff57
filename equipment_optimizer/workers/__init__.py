"""A pool of processes that outlives the deaths of its workers."""
