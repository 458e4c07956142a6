"""Whether a setting that belongs to a switch has an effect."""

import re

from wannb.job import Job
from wannb.job.setting import works
from wannb.job.settings import Setting
from wannb.ui.studio import form


def is_on(job: Job, setting: Setting, key: str) -> bool:
    """Whether the switch of `setting`, which stands at `key`, is on; True where it has none."""
    if setting.of is None:
        return True
    number = re.search(r"\[(\d+)\]", key)
    switch = setting.of.replace("[]", f"[{number[1]}]") if number else setting.of
    if "[]" in switch:
        return any(_on(job, setting.of, setting.of.replace("[]", f"[{i}]")) for i in range(len(job.datasets)))
    return _on(job, setting.of, switch)


def _on(job: Job, general: str, key: str) -> bool:
    declared, value = form.BY_KEY[general], job.get(key)
    return value != declared.absent and works(value, declared.built)
