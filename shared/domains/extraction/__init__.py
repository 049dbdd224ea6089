"""Extraction: what the hub reads out of papers, talks and repositories."""
