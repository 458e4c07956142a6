"""The monitor: a run's numbers over its steps, followed while it trains."""
