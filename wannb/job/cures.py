"""What a finding's cure does to a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wannb.job.job import Job


@dataclass(frozen=True)
class Put:
    """Gives settings new values: `Put({"datasets[0].num_frames": 41})`; all of them or, where one is refused, none."""

    values: Mapping[str, Any]

    def __call__(self, job: Job) -> None:
        before = job.to_dict()
        try:
            for key, value in self.values.items():
                job.put(key, value)
        except BaseException:
            job.replace(before)
            raise
