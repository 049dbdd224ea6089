"""What starts functions other than HTTP: one file per trigger, each with a `run` that ends when the host stops."""
