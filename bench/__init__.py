"""What things cost on this machine: `make bench`."""
