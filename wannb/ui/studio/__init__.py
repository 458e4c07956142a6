"""`wannb.Studio`: a job's panels, what preflight finds, and what follows, in one cell."""
