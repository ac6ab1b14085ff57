"""An output file held against the definitions; shares nothing with what made it."""
