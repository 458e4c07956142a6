"""Accuracy recovery adapters: what fewer bits lose of a linear's outputs, and the file that gives most of it back."""
