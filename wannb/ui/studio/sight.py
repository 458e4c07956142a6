"""What is known about a job while it is edited: the clips, what preflight finds, what it will take."""

import time
from dataclasses import dataclass

from wannb.data.clips import ClipFolder
from wannb.data.items import folders_of
from wannb.data.outlook import estimate
from wannb.data.preflight import findings_on
from wannb.job import Finding, Job
from wannb.job.cost.estimate import Estimate
from wannb.job.preflight import findings
from wannb.machine import Machine
from wannb.ui.studio.scan import Scan
from wannb.words import say

FRESH = 2.0  # seconds that a look at the folders holds while nothing about the data sets changes


@dataclass(frozen=True)
class Seen:
    """findings: errors first; busy: what is still being looked at, or ""."""

    findings: list[Finding]
    estimate: Estimate
    busy: str


class Sight:
    """Looks at jobs; what costs time, the clips, is looked at once and aside."""

    def __init__(self) -> None:
        self.scan = Scan()
        self._folders: list[ClipFolder | None] = []
        self._of, self._paths, self._when = "", (), 0.0

    def look(self, job: Job) -> Seen:
        """Everything that is known of `job` now."""
        machine = Machine.here()
        folders = self._clips(job)
        if folders is None:
            busy = say("looking at clips, {done} of {total}", done=self.scan.done, total=self.scan.total)
            return Seen(findings(job), estimate(job, [], machine), busy)
        estimated = estimate(job, folders, machine)
        return Seen(findings_on(job, folders, machine, estimated), estimated, "")

    def forget(self) -> None:
        """Look at the folders anew at the next look."""
        self._when = 0.0

    def _clips(self, job: Job) -> list[ClipFolder | None] | None:
        """The folders of `job`'s data sets; None while clips are unknown."""
        of = repr([one.model_dump() for one in job.datasets]) + f"{job.trigger_word} {job.wannb.windows}"
        paths, fresh = tuple(one.folder_path for one in job.datasets), time.monotonic() - self._when < FRESH
        if of == self._of and fresh:
            return self._folders
        if not (fresh and paths == self._paths):
            if not self.scan.look(job):
                self._of, self._paths = "", ()
                return None
            self._paths, self._when = paths, time.monotonic()
        self._folders, self._of = folders_of(job), of
        return self._folders
