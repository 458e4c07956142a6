"""What an Inspector looks at: a folder, and the settings that its clips are looked at with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wannb.data.clips import NUM_FRAMES, RESOLUTIONS, ClipFolder
from wannb.data.frames import WAN_FPS
from wannb.data.inspected import inspected
from wannb.data.items import settings_of
from wannb.data.picking import FrameMode
from wannb.job import Job
from wannb.refusal import Refusal


@dataclass(frozen=True)
class Source:
    """`settings` gives the keywords of ClipFolder as they are now: a job may change between two looks."""

    path: Path
    settings: Callable[[], dict[str, Any]]
    job: Job | None = None

    def look(self) -> ClipFolder:
        """The folder's report; takes a decode of each clip that was not looked at yet."""
        return inspected(self.path, self.kind, **self.settings())

    @property
    def kind(self) -> str | None:
        """motion, style or character, where a job says it."""
        return self.job.wannb.kind if self.job else None

    @property
    def task(self) -> str | None:
        return self.job.task if self.job else None


def source_of(what: Any) -> Source:
    """The folder at a path, of a ClipFolder, or of a job's first data set; raises Refusal for anything else."""
    if isinstance(what, Job):
        return _of_job(what)
    if isinstance(what, ClipFolder):
        settings = _settings_of_folder(what)
        return Source(_checked(what.path), lambda: settings)
    if isinstance(what, str | Path):
        return Source(_checked(Path(what).expanduser()), dict)
    raise Refusal(f"Inspector takes a folder of clips, a ClipFolder or a Job, not {what!r:.60}.")


def mode_of(settings: dict[str, Any]) -> FrameMode:
    """How ClipFolder picks frames with these keywords."""
    return FrameMode(
        num_frames=settings.get("num_frames", NUM_FRAMES),
        fps=settings.get("fps", WAN_FPS),
        shrink=settings.get("shrink_video_to_frames", True),
        auto=settings.get("auto_frame_count", False),
        trim=settings.get("trim_auto_frame_count_tail", True),
        windows=settings.get("windows", 1),
    )


def resolutions_of(settings: dict[str, Any]) -> list[int]:
    asked = settings.get("resolutions", RESOLUTIONS)
    return [asked] if isinstance(asked, int) else list(asked)


def _of_job(job: Job) -> Source:
    folder = next((one.folder_path for one in job.datasets if one.folder_path), None)
    if folder is None:
        raise Refusal("The job has no data set with a folder of clips: set datasets[0].folder_path.")
    number = next(i for i, one in enumerate(job.datasets) if one.folder_path)
    return Source(
        _checked(Path(folder).expanduser()),
        lambda: settings_of(job.datasets[number], job.trigger_word, job.wannb.windows),
        job,
    )


def _checked(path: Path) -> Path:
    if path.is_dir():
        return path
    if path.exists():
        raise Refusal(f"{path} is a file: give Inspector the folder that it lies in.")
    raise Refusal(f"There is no folder {path}: give Inspector the folder that holds the clips.")


def _settings_of_folder(folder: ClipFolder) -> dict[str, Any]:
    mode = folder.mode
    return {
        "num_frames": mode.num_frames,
        "resolutions": folder.resolutions,
        "caption_ext": folder.caption_ext,
        "default_caption": folder.default_caption,
        "trigger": folder.trigger,
        "is_reg": folder.is_reg,
        "fps": mode.fps,
        "shrink_video_to_frames": mode.shrink,
        "auto_frame_count": mode.auto,
        "trim_auto_frame_count_tail": mode.trim,
        "windows": mode.windows,
        "masks": folder.masks,
        "caption_dropout": folder.caption_dropout,
    }
