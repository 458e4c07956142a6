"""The run directory: what the trainer writes and everyone else only reads."""
