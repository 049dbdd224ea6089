"""Jobs: extractions and compilations, running or done, with their progress."""
