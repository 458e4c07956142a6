"""What preflight has to say about a job or its clips."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from wannb.words import tell


@dataclass(frozen=True)
class Finding:
    """One remark: `error` stops the run, `warning` will disappoint, `info` is good to know.

    code: a stable name such as `not-built`; where: the dotted setting or the file; fix: what to do, may be empty.
    cure: does what `fix` says to the job it is called with, in place (may raise Refusal); None where only a person can.
    message, fix: English; what `wannb.words.say` made can be said in other languages too.
    evidence: what the message says, for machines: numbers, texts and lists of them (`{"frames": 12, "seconds": 0.75}`).
    """

    code: str
    severity: Literal["error", "warning", "info"]
    where: str
    message: str
    fix: str = ""
    cure: Callable[[Any], None] | None = field(default=None, compare=False, repr=False)
    evidence: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As `wannb check --json` has it, in English always: `sets` is what the cure assigns, where it does nothing
        else."""
        own = {name: getattr(self, name) for name in ("code", "severity", "where", "message", "fix")}
        sets = dict(getattr(self.cure, "values", {}))
        return {**own, "curable": self.cure is not None, "sets": sets, "evidence": dict(self.evidence)}

    def in_language(self, code: str | None = None) -> "Finding":
        """The same with message and fix in the language `code` (fr, pt, zh, ja, ru, en), or in the chosen one."""
        return replace(self, message=tell(self.message, code), fix=tell(self.fix, code))

    def __str__(self) -> str:
        """In the chosen language (`wannb.language`)."""
        told = self.in_language()
        return f"{self.severity}: {self.where}: {told.message}" + (f" {told.fix}" if told.fix else "")
