"""Compilation: the account of a project, made of its approved artifacts, and its publication."""
