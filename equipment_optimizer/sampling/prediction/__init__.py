"""What pickling, workers and the machine cost, and what a job would take on so many of them."""
