"""HTTP, one blueprint an audience."""
