"""Everything that touches the world: HTTP, the command line, files and the database around the engine."""
