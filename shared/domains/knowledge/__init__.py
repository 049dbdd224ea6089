"""Knowledge artifacts: what was extracted from one source, reviewed statement by statement."""
