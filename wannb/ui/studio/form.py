"""Which settings a form shows, where, and from which tier on: read off the schema."""

import re
from dataclasses import replace
from pathlib import Path

from wannb.job import Job
from wannb.job.setting import IMPORTANCE
from wannb.job.settings import SETTINGS, Setting

PANELS = (
    "JOB", "MODEL", "QUANTIZATION", "MULTISTAGE", "TARGET", "SAVE", "TRAINING", "ADVANCED", "VALIDATION", "DATASETS",
    "SAMPLE",
)  # fmt: skip
SECOND_COLUMN = "ADVANCED"
"""Where the second column begins, always: a panel that jumped to the other column under one's hands would be lost."""
TIERS = {"Essential": 1, "More": 2, "All": len(IMPORTANCE)}
"""How many of the steps of importance each tier shows."""
SETS, SAMPLES = "datasets[]", "sample.samples[]"
NAMED = ("essential", "important")


def of_panel(panel: str) -> list[Setting]:
    """The settings of a panel that stand once in a job, in their order."""
    return [one for one in OFFERED if one.panel == panel and "[]" not in one.key]


def of_each(prefix: str) -> list[Setting]:
    """The settings of each data set (`datasets[]`) or of each sample (`sample.samples[]`)."""
    return [one for one in OFFERED if one.key.startswith(prefix + ".")]


def placed(setting: Setting, index: int) -> str:
    """The key of `setting` in the data set or sample `index`."""
    return setting.key.replace("[]", f"[{index}]")


def general(key: str) -> str:
    """`datasets[0].fps` → `datasets[].fps`."""
    return re.sub(r"\[\d+\]", "[]", key)


def in_tier(setting: Setting, tier: str) -> bool:
    return IMPORTANCE.index(setting.importance) < TIERS[tier]


def place(key: str) -> str:
    """Where a person finds the setting `key`: `DATASETS 1 · Num Frames`; the key itself where it is none."""
    found = BY_KEY.get(general(key))
    if found is None:
        return key
    number = re.search(r"\[(\d+)\]", key)
    return f"{found.panel}{f' {int(number[1]) + 1}' if number else ''} · {found.label}"


def row_for(job: Job, where: str) -> str:
    """The key of the row that a finding at `where` leads to: the setting's own; of a clip, the folder that holds it; of
    what a job lacks, the first of its panel. `where` itself where there is no such row."""
    if general(where) in BY_KEY:
        return where
    for number, one in enumerate(job.datasets):
        folder = Path(one.folder_path or "").expanduser()
        if where and one.folder_path and (folder / where).is_relative_to(folder) and (folder / where).exists():
            return f"{SETS[:-2]}[{number}].folder_path"
    panel = next((one.panel for key, one in BY_KEY.items() if where and key.startswith(where)), "")
    return next((one.key for one in of_panel(panel)), where)


def has_choice(setting: Setting) -> bool:
    """Whether there is more than one value to take; nothing, an empty list and off count as one."""
    return not setting.inert and (setting.built is True or len({repr(one or None) for one in setting.built}) > 1)


def _offered(setting: Setting) -> bool:
    """Whether there is something to choose, or the guides name it: what AI Toolkit alone has stays in the YAML."""
    switch = BY_KEY.get(setting.of)
    return setting.importance in NAMED or has_choice(setting) and (switch is None or _offered(switch))


def _told_apart(setting: Setting) -> Setting:
    """Each expert has a rank of its own: the label says whose."""
    expert = {"wannb.high": "High Noise", "wannb.low": "Low Noise"}.get(setting.key.rpartition(".")[0])
    return replace(setting, label=f"{expert} {setting.label}") if expert else setting


BY_KEY: dict[str, Setting] = {one.key: _told_apart(one) for one in SETTINGS}
OFFERED: list[Setting] = [one for one in BY_KEY.values() if _offered(one)]
