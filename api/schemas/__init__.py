"""The shapes that HTTP speaks, as marshmallow schemas: they check what comes in and describe what goes out."""
