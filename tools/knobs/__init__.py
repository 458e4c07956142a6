"""What each knob does, measured on the tiny Wan: `make knobs`."""
