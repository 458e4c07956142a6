"""The one exception for what a person can mend."""


class Refusal(Exception):
    """Says in one sentence what is wrong, where, and what to do; shells print it and exit with 1."""
