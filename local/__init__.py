"""Runs the app with no Azure."""
