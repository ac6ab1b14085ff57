"""What the operating system gives: memory, cores, signals, and files that are whole or not there."""
