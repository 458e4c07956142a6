"""A clip that cannot be trained on, with the code that its finding carries."""

from wannb.refusal import Refusal


class Unusable(Refusal):
    """One clip is refused; the rest of the set goes on. `code` is the finding's code, `fix` what to do."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        super().__init__(f"{message}: {fix}.")
        self.code = code
        self.message = message
        self.fix = fix
