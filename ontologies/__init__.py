"""The oncology ontology: Turtle sources, code maps, and what checks and classifies them into `index.json`."""
