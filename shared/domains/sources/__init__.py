"""Sources: how files come in, are known by their bytes, and are kept."""
