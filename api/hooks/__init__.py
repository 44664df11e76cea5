"""CDS Hooks 3.0: what a call must say, the data it brings or lets us fetch, the cards it gets, and what became of them."""
