"""Running command-line agents: how each is called, kept by a launcher, read, and ended."""
