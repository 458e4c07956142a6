"""A part of the base model that cannot serve, with the code that its finding carries."""

from wannb.refusal import Refusal
from wannb.words import join


class Misfit(Refusal):
    """`code` is the finding's code, `message` the sentence on what is wrong, `fix` the one on what to do."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        super().__init__(join(" ", [message, fix]))
        self.code = code
        self.message = message
        self.fix = fix
