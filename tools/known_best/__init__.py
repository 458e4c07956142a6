"""How often the proposed pair is right, on runs of the tiny Wan whose best pair is known in pixels."""
