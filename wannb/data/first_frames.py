"""First frames for image-to-video previews, taken from the clips that are trained on (decision 16's cure)."""

import shutil
from pathlib import Path

from PIL import Image

from wannb.data.captions import final
from wannb.data.clips import Clip
from wannb.data.items import folder_of
from wannb.data.video import read_frames
from wannb.files import replacing
from wannb.job import Job


def give_first_frames(job: Job, folder: str | Path | None = None) -> list[Path]:
    """Set the control image of every sample of `job` that has none, and return the PNGs written for that.

    A sample whose prompt is a clip's caption gets that clip's first frame, any other the next clip's in turn.
    folder: new, for the PNGs (`<name>_first_frames` in the working directory). Nothing happens for text-to-video
    or where there is no clip to take a frame from.
    """
    lacking = [i for i, sample in enumerate(job.samples) if sample.image is None] if job.task == "i2v" else []
    clips = _clips(job) if lacking else []
    if not clips:
        return []
    folder = _free(Path(folder or f"{job.name}_first_frames")).resolve()
    captions = [final(job.samples[i].prompt, job.trigger_word) for i in lacking]  # a clip's has the trigger word
    chosen = [_clip_for(caption, clips, turn) for turn, caption in enumerate(captions)]
    files = [folder / f"{i + 1}_{clip.path.stem}.png" for i, clip in zip(lacking, chosen, strict=True)]
    try:
        for file, clip in zip(files, chosen, strict=True):
            _write(file, clip)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for i, file in zip(lacking, files, strict=True):
        _set(job, i, file)
    return files


def _clips(job: Job) -> list[Clip]:
    """The clips that move, or, where none does, the images."""
    folders = [folder_of(dataset, job.trigger_word) for dataset in job.datasets if dataset.folder_path]
    clips = [clip for folder in folders if not folder.is_reg for clip in folder.clips]
    return [clip for clip in clips if not clip.facts.is_image] or clips


def _clip_for(caption: str, clips: list[Clip], turn: int) -> Clip:
    return next((clip for clip in clips if clip.caption == caption), clips[turn % len(clips)])


def _write(path: Path, clip: Clip) -> None:
    with replacing(path) as temporary:
        Image.fromarray(read_frames(clip.path, [0])[0]).save(temporary)


def _set(job: Job, index: int, image: Path) -> None:
    if job.sample.samples:
        job.sample.samples[index].ctrl_img = str(image)
        return
    prompts = list(job.sample.prompts)
    prompts[index] += f" --ctrl_img {image}"
    job.sample.prompts = prompts


def _free(folder: Path) -> Path:
    """`folder`, or where something has that name already, the same with a number."""
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}_{number}")
    return free
