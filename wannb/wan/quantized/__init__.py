"""Frozen linears in fewer bits, each kind in a file of its own; `quantizing.py` puts them into a block."""
