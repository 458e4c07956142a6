"""What a finding's cure does to a job."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wannb.job.job import Job
from wannb.refusal import Refusal


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


@dataclass(frozen=True)
class Drop:
    """Takes the items with these numbers (from 0) out of a list: `Drop("sample.samples", (4, 5))`."""

    key: str
    numbers: tuple[int, ...]

    def __call__(self, job: Job) -> None:
        items = job.get(self.key)
        job.put(self.key, [item for i, item in enumerate(items) if i not in self.numbers])


@dataclass(frozen=True)
class Rename:
    """Gives what the file has under `old`, a key that nobody knows, to the setting `new`, and takes `old` out."""

    old: str
    new: str

    def __call__(self, job: Job) -> None:
        before, mapping = job.to_dict(), job.to_dict()
        holder, name = _holder(mapping, self.old)
        if holder is None or name not in holder:
            raise Refusal(f"The file has no key {self.old!r} any more.")
        value = holder.pop(name)
        try:
            job.replace(mapping)
            job.put(self.new, value)
        except BaseException:
            job.replace(before)
            raise


def written(mapping: Mapping[str, Any], key: str) -> Any:
    """What a job file's `mapping` has at the dotted `key` of its process; None where it has nothing there."""
    holder, name = _holder(mapping, key)
    return holder.get(name) if isinstance(holder, dict) else None


def _holder(mapping: Mapping[str, Any], key: str) -> tuple[Any, str]:
    """The mapping that holds the last part of `key`, or None, and that part."""
    place: Any = mapping["config"]["process"][0]
    *path, last = key.split(".")
    for part in path:
        name, *numbers = re.findall(r"[^\[\]]+", part)
        place = place.get(name) if isinstance(place, dict) else None
        for number in numbers:
            place = place[int(number)] if isinstance(place, list) and int(number) < len(place) else None
    return place, last
