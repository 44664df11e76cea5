"""Answers, sheets and rules in the forms that others read."""

CANONICAL = "https://oncorules.fr/fhir"  # names our profiles, extensions and code systems; nothing is fetched there
