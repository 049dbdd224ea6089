"""Joining: how people come to an account without an administrator who makes it."""
