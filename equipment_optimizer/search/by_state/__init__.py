"""All builds of a problem by the few sums that tell them apart, counted: for when millions score alike."""
