"""What the hub is made of: domains on a platform."""
