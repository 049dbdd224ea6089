"""What the hub stands on: ports, an adapter per file, and the platform that opens them."""
