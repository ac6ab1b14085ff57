"""What all fillings of one problem share: values by level, steps with their options, bounds from prices."""
