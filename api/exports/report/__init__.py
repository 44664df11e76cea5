"""The report of an answer for the patient's file."""
