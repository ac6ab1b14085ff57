"""Text into cells and values that know their line and column; faults are collected."""
