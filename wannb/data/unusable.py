"""A clip that cannot be trained on, with the code that its finding carries."""

from wannb.refusal import Refusal


class Unusable(Refusal):
    """One clip is refused; the rest of the set goes on. `code` is the finding's code, `message` what is wrong, without
    a full stop, `fix` the sentence on what to do."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        super().__init__(f"{message}: {fix[:1].lower()}{fix[1:]}")
        self.code = code
        self.message = message
        self.fix = fix
