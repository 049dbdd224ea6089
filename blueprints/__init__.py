"""What the outside calls: one file for each resource."""
