"""What the outside calls: one file per resource or source."""
