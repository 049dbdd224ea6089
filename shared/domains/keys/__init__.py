"""API keys: of people, below their own rights, and of the tenant, with rights of their own."""
