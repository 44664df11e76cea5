"""Outside forms of a patient's documents, read into the native sheet with every loss named."""
