"""What preflight has to say about a job or its clips."""

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One remark: `error` stops the run, `warning` will disappoint, `info` is good to know.

    code: a stable name such as `not-built`; where: the dotted setting or the file; fix: what to do, may be empty.
    """

    code: str
    severity: Literal["error", "warning", "info"]
    where: str
    message: str
    fix: str = ""

    def to_dict(self) -> dict[str, str]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.message}" + (f" {self.fix}" if self.fix else "")
