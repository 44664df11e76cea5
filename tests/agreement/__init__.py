"""Other readings of the same rules, and the small world in which they are compared."""
