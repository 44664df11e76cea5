"""An answer, trials and rules as FHIR R4."""
