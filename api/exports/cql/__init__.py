"""Rules as CQL, so that another engine can run them."""
