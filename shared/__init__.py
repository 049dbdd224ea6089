"""What the hub is made of: domains on a platform."""

__version__ = "0.1.0"
