"""Training: which expert, which timesteps, which noise, and one optimizer step made of them."""
