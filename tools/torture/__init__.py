"""Training killed at random moments and resumed until it is done, held against the run that nobody killed.

python -m tools.torture --kills 200 --workers 4
"""
