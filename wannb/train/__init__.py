"""Training: which expert, which timesteps, which noise, and one optimizer step made of them."""

import wannb.wan  # noqa: F401  (drops what the libraries remark when they are imported, so it comes first)
