"""What a job costs, by arithmetic: memory, time, disk; `estimate.py` is the way in."""
