"""Registrations: who attends a session, and who waits for a seat."""
