"""One set of pieces for several lists: who wears what, so that all together are best off."""
