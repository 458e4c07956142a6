"""Clips of any pair of a run's checkpoints at any strengths: wished for here, rendered by a process of their own."""
