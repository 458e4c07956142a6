"""A model's parts from wherever they lie: a folder, single files, the hub, the tiny Wan, or random weights."""
