"""How long the panels of a job on many clips take: to be made, and from a change to the findings and pictures."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measured import Measured
from wannb.bundled import folder
from wannb.data.first_frames import give_first_frames
from wannb.job import Job
from wannb.ui.studio.studio import Studio

CLIPS, TRIES, CHANGES = 200, 7, 40
CHANGED = {"train.steps": (1500, 1600), "train.lr": (1e-4, 2e-4), "datasets[0].num_frames": (40, 41)}


def studio() -> list[Measured]:
    """The Studio on clips that are known, and changes of fields, in this process."""
    with many_clips() as job:
        Studio(job).wait()
        made = [seconds(lambda: Studio(job)) for _ in range(TRIES)]
        panels = Studio(job).wait()
        rows = [
            Measured(f"{key} to findings and pictures, {CLIPS} clips", changes(panels, key, values))
            for key, values in CHANGED.items()
        ]
    return [Measured(f"wannb.Studio, {CLIPS} clips that are known", made), *rows]


def changes(panels: Studio, key: str, values: tuple) -> list[float]:
    widget = next(row for row in panels._rows() if row.key == key).entry.widget

    def change(turn: int) -> float:
        return seconds(lambda: setattr(widget, "value", values[turn % len(values)]))

    return [change(turn) for turn in range(CHANGES)]


@contextmanager
def many_clips() -> Iterator[Job]:
    """A recipe on copies of the bundled clips."""
    with tempfile.TemporaryDirectory() as place:
        clips = Path(place) / "clips"
        clips.mkdir()
        bundled = sorted(folder("motion").glob("*.mp4"))
        for number in range(CLIPS):
            source = bundled[number % len(bundled)]
            for one in (source, source.with_suffix(".txt")):
                shutil.copy(one, clips / f"{number:03d}{one.suffix}")
        job = Job.recipe("motion", data=clips, vram_gb=24, name="bench")
        job.training_folder = str(Path(place) / "runs")
        give_first_frames(job, Path(place) / "first_frames")
        yield job


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
