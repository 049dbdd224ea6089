"""Runs any Python Azure Functions app of the v2 model on one machine, with no Azure and no Core Tools.

`loader` reads the app and refuses what the real worker and host refuse, `http` and `web` serve its HTTP functions,
`triggers` feeds the others, `host` is the whole, `azurite` the storage beside it.
"""
