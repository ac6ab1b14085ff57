"""What builds can reach, and why none is there."""
