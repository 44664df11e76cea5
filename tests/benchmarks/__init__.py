"""How fast it is, against what was promised: `make bench`."""
