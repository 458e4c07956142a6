"""Preflight of a job alone: one file for each matter, all of them called by `wannb.job.preflight`."""
