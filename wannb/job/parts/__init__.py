"""The files that a job's base model is made of: where each part lies, and whether it is what it should be.

Only names and headers are read, so that a wrong file is refused before anything is loaded or fetched. No torch.
"""
