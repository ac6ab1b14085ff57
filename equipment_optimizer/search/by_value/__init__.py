"""Builds alike in sums and in the highest count of any value, whichever that is: counted value by value."""
