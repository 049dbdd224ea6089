"""Accounts: who there is, what they may, how they prove it."""
