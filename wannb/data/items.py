"""Items: what a step can draw. One for every clip, resolution, flip and repeat of the job's data sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wannb.data.clips import Clip, ClipFolder
from wannb.data.content import content_key
from wannb.job.finding import Finding


@dataclass(frozen=True)
class Item:
    """`size` is (W, H), `frames` the source indices, `dropout` the chance of the empty caption.

    `key` names the pixels (file bytes, frames, size, flips), so items that repeat one another share it.
    """

    dataset: int
    path: Path
    frames: tuple[int, ...]
    size: tuple[int, int]
    flip_x: bool
    flip_y: bool
    caption: str
    dropout: float
    key: str
    name: str

    @property
    def shape(self) -> tuple[int, int, int]:
        """(F, W, H): items of one shape can stand in one batch."""
        return (len(self.frames), *self.size)


def items_of(job) -> tuple[list[Item], list[Finding]]:
    """All items of `job` in a fixed order, and every finding on its clips. Clips that are refused are left out."""
    items, findings = [], []
    for number, dataset in enumerate(job.datasets):
        if not dataset.folder_path:
            message = "The data set has no folder of clips."
            findings.append(Finding("no-folder", "error", f"datasets[{number}].folder_path", message, "Choose one."))
            continue
        folder = folder_of(dataset, job.trigger_word)
        findings += folder.findings
        findings += _conditions(folder, job.task)
        for clip in folder.clips:
            items += _items(number, dataset, folder, clip)
    if not job.datasets:
        findings.append(Finding("no-clips", "error", "datasets", "The job has no data set.", "Add a folder of clips."))
    return items, findings


def folder_of(dataset, trigger: str | None) -> ClipFolder:
    """The ClipFolder of one `datasets[]` entry; its own trigger word goes before the job's."""
    return ClipFolder(
        dataset.folder_path,
        num_frames=dataset.num_frames,
        resolutions=dataset.resolution,
        caption_ext=dataset.caption_ext,
        default_caption=dataset.default_caption,
        trigger=dataset.trigger_word or trigger,
        is_reg=dataset.is_reg,
    )


def _conditions(folder: ClipFolder, task: str) -> list[Finding]:
    """An I2V item of one frame is its own condition: there is nothing to learn from it."""
    single = [clip for clip in folder.clips if len(clip.picked) == 1]
    if task != "i2v" or not single:
        return []
    message = f"Clips of one frame ({len(single)} here) are all start, no motion, in image-to-video: they teach little."
    fix = "Use clips, or train a text-to-video LoRA."
    return [Finding("one-frame-i2v", "warning", str(folder.path), message, fix)]


def _items(number: int, dataset, folder: ClipFolder, clip: Clip) -> Iterator[Item]:
    relative = clip.path.relative_to(folder.path).as_posix()
    for repeat in range(dataset.num_repeats):
        for size in clip.buckets:
            for flip_x, flip_y in _flips(dataset):
                yield Item(
                    dataset=number,
                    path=clip.path,
                    frames=clip.picked,
                    size=size,
                    flip_x=flip_x,
                    flip_y=flip_y,
                    caption=clip.caption,
                    dropout=float(dataset.caption_dropout_rate),
                    key=content_key(clip.path, clip.picked, size, flip_x, flip_y),
                    name=_name(relative, clip, size, flip_x, flip_y, repeat),
                )


def _flips(dataset) -> list[tuple[bool, bool]]:
    """Each flip adds a copy of everything before it, so both together make four."""
    return [
        (x, y)
        for y in ([False, True] if dataset.flip_y else [False])
        for x in ([False, True] if dataset.flip_x else [False])
    ]


def _name(relative: str, clip: Clip, size: tuple[int, int], flip_x: bool, flip_y: bool, repeat: int) -> str:
    marks = [f"{size[0]}x{size[1]}x{len(clip.picked)}"]
    marks += ["flip_x"] * flip_x + ["flip_y"] * flip_y + [f"repeat {repeat + 1}"] * (repeat > 0)
    return " ".join([relative, *marks])
