"""What the hub knows, one package per subject."""
