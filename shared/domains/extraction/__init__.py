"""Extraction: what the hub makes of a source that it has read."""
