"""Kernels of our own for the step on a GPU: each an operator of torch with a plain form in torch beside one in Triton.

The plain form is the reference and runs on a CPU; Triton, which torch brings along for a GPU, is imported by a GPU's
first call. As operators they stand in compiled graphs as they are, and `keeping` can name them.
"""
