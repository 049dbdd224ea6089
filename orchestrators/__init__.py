"""One file per workflow: the generator and its thin activities."""
