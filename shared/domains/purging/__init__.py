"""Purging: what was deleted thirty days ago is removed for good."""
