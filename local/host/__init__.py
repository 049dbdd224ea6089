"""Runs any Python Azure Functions app of the v2 model on one machine."""
