"""Extraction: what the hub reads out of sources; so far, out of papers."""
