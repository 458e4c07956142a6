"""A part of the base model that cannot serve, with the code that its finding carries."""

from wannb.refusal import Refusal
from wannb.words import join, say

TAKE_14B = say("Take a Wan 2.2 14B model: T2V (wan22_14b) or I2V (wan22_14b_i2v).")


class Misfit(Refusal):
    """`code` is the finding's code, `message` the sentence on what is wrong, `fix` the one on what to do, `where` the
    setting to mend."""

    where = "model.name_or_path"

    def __init__(self, code: str, message: str, fix: str) -> None:
        super().__init__(join(" ", [message, fix]))
        self.code = code
        self.message = message
        self.fix = fix


def another(name: object, what: str, take: str = TAKE_14B) -> Misfit:
    """`name`: a path, or a hub id; `what` it is in place of an expert or another part; `take`: what to take instead."""
    return Misfit("wrong-checkpoint", say("{name} is {another}.", name=name, another=what), take)
