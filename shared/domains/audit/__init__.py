"""Who did what, on what, when, from where and with which outcome: a chain that shows what was done to it."""
