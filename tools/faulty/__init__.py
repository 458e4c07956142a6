"""The clip set in which one of everything is wrong."""
