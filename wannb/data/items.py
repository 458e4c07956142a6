"""Items: what a step can draw. One for every clip, window, resolution, flip and repeat of the job's data sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from wannb.data.boxes import Box
from wannb.data.clips import Clip, ClipFolder
from wannb.data.content import content_key, file_digest
from wannb.data.mask_folder import MaskFolder
from wannb.data.masks import Mask
from wannb.job.finding import Finding
from wannb.words import say


@dataclass(frozen=True)
class Item:
    """`size` is (W, H), `frames` the source indices, `dropout` the chance of the empty caption.

    `key` names the pixels (file bytes, frames, crop, size, flips), so items that repeat one another share it; `source`
    is the file's name below its folder and `content` the digest of its bytes. `weight` says how often the item is
    drawn against others, `loss_weight` what its loss is multiplied with; `batch_size` None is the schedule's. `crop` is
    the part of the upright picture that is shown, None for all of it.
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
    source: str
    content: str
    weight: float = 1.0
    loss_weight: float = 1.0
    is_reg: bool = False
    batch_size: int | None = None
    mask: Mask | None = None
    crop: Box | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(F, W, H): items of one shape can stand in one batch."""
        return (len(self.frames), *self.size)


def items_of(job) -> tuple[list[Item], list[Finding]]:
    """All items of `job` in a fixed order, and every finding on its clips. Clips that are refused are left out."""
    folders = folders_of(job)
    items = [
        item
        for number, (dataset, folder) in enumerate(zip(job.datasets, folders, strict=True))
        if folder and dataset.network_weight > 0
        for item in _of_set(number, job, dataset, folder)
    ]
    return items, clip_findings(job, folders)


def folders_of(job) -> list[ClipFolder | None]:
    """The ClipFolder of each data set of `job`, in their order; None for one that names no folder.

    What clips look like is said of those that were looked at before (`wannb inspect`, the Inspector): none is here.
    """
    folders = [folder_of(one, job.trigger_word, job.wannb.windows) if one.folder_path else None for one in job.datasets]
    return [folder.recall(job.wannb.kind) if folder else None for folder in folders]


def clip_findings(job, folders: list[ClipFolder | None]) -> list[Finding]:
    """Every finding on the clips of `job`, whose data sets' `folders` these are."""
    findings = []
    for number, folder in enumerate(folders):
        if folder is None:
            message = say("The data set has no folder of clips.")
            findings.append(
                Finding("no-folder", "error", f"datasets[{number}].folder_path", message, say("Choose one."))
            )
        else:
            findings += [*folder.findings, *_conditions(folder, job.task)]
    return findings + _balance(job, folders)


def folder_of(dataset, trigger: str | None, windows: int = 1) -> ClipFolder:
    """The ClipFolder of one `datasets[]` entry; its own trigger word goes before the job's."""
    return ClipFolder(dataset.folder_path, **settings_of(dataset, trigger, windows))


def settings_of(dataset, trigger: str | None, windows: int = 1) -> dict[str, Any]:
    """The keywords that make a ClipFolder of one `datasets[]` entry, whose clips need not have been looked at."""
    masks = MaskFolder(dataset.mask_path, dataset.invert_mask, dataset.mask_min_value) if dataset.mask_path else None
    return {
        "num_frames": dataset.num_frames,
        "resolutions": dataset.resolution,
        "caption_ext": dataset.caption_ext,
        "default_caption": dataset.default_caption,
        "trigger": dataset.trigger_word or trigger,
        "is_reg": dataset.is_reg,
        "fps": dataset.fps,
        "shrink_video_to_frames": dataset.shrink_video_to_frames,
        "auto_frame_count": dataset.auto_frame_count,
        "trim_auto_frame_count_tail": dataset.trim_auto_frame_count_tail,
        "windows": windows,
        "masks": masks,
        "caption_dropout": dataset.caption_dropout_rate,
    }


def _conditions(folder: ClipFolder, task: str) -> list[Finding]:
    """An I2V item of one frame is its own condition: there is nothing to learn from it."""
    single = [clip for clip in folder.clips if len(clip.picked) == 1]
    if task != "i2v" or not single:
        return []
    message = say(
        "Clips of one frame ({count} here) are all start, no motion, in image-to-video: they teach little.",
        count=len(single),
    )
    fix = say("Use clips, or train a text-to-video LoRA.")
    return [Finding("one-frame-i2v", "warning", str(folder.path), message, fix)]


def _balance(job, folders: list[ClipFolder | None]) -> list[Finding]:
    """Sets that are never drawn, and sets that leave nothing to learn from."""
    if not job.datasets:
        return [
            Finding("no-clips", "error", "datasets", say("The job has no data set."), say("Add a folder of clips."))
        ]
    idle = [number for number, dataset in enumerate(job.datasets) if dataset.network_weight <= 0]
    said = [
        Finding(
            "never-drawn", "info", f"datasets[{number}].network_weight", say("LoRA Weight 0: this set is never drawn.")
        )
        for number in idle
    ]
    if len(idle) == len(job.datasets):
        message = say("Every data set has LoRA Weight 0, so nothing would be drawn.")
        said.append(Finding("nothing-drawn", "error", "datasets[].network_weight", message, say("Set it to 1.")))
    elif _only_regularization(job, folders):
        message = say("All clips are regularization clips, which only keep what is there: nothing would be learned.")
        fix = say("Add a data set of what is to be learned, or switch Is Regularization off.")
        said.append(Finding("only-regularization", "error", "datasets[].is_reg", message, fix))
    return said


def _only_regularization(job, folders: list[ClipFolder | None]) -> bool:
    """Whether there are clips to draw and all of them are there for regularization."""
    pairs = zip(job.datasets, folders, strict=True)
    drawn = [one.is_reg for one, folder in pairs if folder and folder.clips and one.network_weight > 0]
    return bool(drawn) and all(drawn)


def _of_set(number: int, job, dataset, folder: ClipFolder) -> Iterator[Item]:
    size_of_batch = dataset.batch_size or job.train.batch_size
    loss_weight = dataset.loss_multiplier * (job.train.reg_weight if dataset.is_reg else 1.0)
    for clip in folder.clips:
        source, content = clip.path.relative_to(folder.path).as_posix(), file_digest(clip.path)
        for repeat, window, size, (flip_x, flip_y) in product(
            range(dataset.num_repeats), range(len(clip.windows)), clip.buckets, _flips(dataset)
        ):
            frames = clip.windows[window]
            marks = [_size_mark(size, frames), *_window_mark(clip, window)]
            marks += ["flip_x"] * flip_x + ["flip_y"] * flip_y + [f"repeat {repeat + 1}"] * (repeat > 0)
            yield Item(
                dataset=number,
                path=clip.path,
                frames=frames,
                size=size,
                flip_x=flip_x,
                flip_y=flip_y,
                caption=clip.caption,
                dropout=float(dataset.caption_dropout_rate),
                key=content_key(clip.path, frames, size, flip_x, flip_y, clip.crop),
                name=" ".join([clip.name, *marks]),
                source=source,
                content=content,
                weight=float(dataset.network_weight),
                loss_weight=float(loss_weight),
                is_reg=dataset.is_reg,
                batch_size=size_of_batch,
                mask=clip.mask,
                crop=clip.crop,
            )


def _flips(dataset) -> list[tuple[bool, bool]]:
    """Each flip adds a copy of everything before it, so both together make four."""
    return [
        (x, y)
        for y in ([False, True] if dataset.flip_y else [False])
        for x in ([False, True] if dataset.flip_x else [False])
    ]


def _size_mark(size: tuple[int, int], frames: tuple[int, ...]) -> str:
    return f"{size[0]}x{size[1]}x{len(frames)}"


def _window_mark(clip: Clip, window: int) -> list[str]:
    """Which of several windows, and where in the clip it lies."""
    if len(clip.windows) == 1:
        return []
    first, last = (clip.whole.time_of(clip.windows[window][end]) for end in (0, -1))
    return [f"window {window + 1} of {len(clip.windows)} ({first:.2f}-{last:.2f} s)"]
