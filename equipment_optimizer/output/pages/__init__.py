"""Pages to look at: one for a list of builds, one for a batch, one for what a patch changed."""
