"""A run's clips beside each other: which pair of checkpoints is the best one."""
