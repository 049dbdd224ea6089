"""What the hub stands on: ports, and an adapter per file."""
