"""Fuzzing of all that comes in: documents changed at random, through the real application, within bounds of time and memory."""
