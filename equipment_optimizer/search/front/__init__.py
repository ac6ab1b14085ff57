"""All outcomes that no other beats in every objective: a Pareto front, proved complete."""
