"""First frames for image-to-video previews, taken from the clips that are trained on (decision 16's cure)."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from wannb.data.boxes import inside
from wannb.data.captions import caption_file, caption_in, final
from wannb.data.edits import Edits
from wannb.data.listing import leads_outside, listed, shown
from wannb.data.pieces import Piece, box_of, span
from wannb.data.stills import read_image
from wannb.data.unusable import Unusable
from wannb.data.video import IMAGE_SUFFIXES, probe, read_frames
from wannb.files import replacing
from wannb.job import Job
from wannb.refusal import Refusal


class Source(NamedTuple):
    """A clip, and the piece of it that is trained on."""

    path: Path
    piece: Piece | None


def give_first_frames(job: Job, folder: str | Path | None = None) -> list[Path]:
    """Set the control image of every sample of `job` that has none, and return the PNGs written for that.

    A sample whose prompt is a clip's caption gets the first frame that is trained on of that clip, any other the next
    clip's in turn; only those clips are opened. folder: for the PNGs (`<name>_first_frames` in the training folder);
    where other things are in it, one with a number. Nothing happens for text-to-video or where there is no clip to take
    a frame from.
    """
    lacking = [i for i, sample in enumerate(job.samples) if sample.image is None] if job.task == "i2v" else []
    chosen = _chosen(job, lacking)
    if not chosen:
        return []
    frames = {f"{i + 1}_{clip.path.stem}.png": first_of(clip) for i, clip in zip(lacking, chosen, strict=True)}
    folder = _free(Path(folder or Path(job.training_folder, f"{job.name}_first_frames")), frames).resolve()
    files = [folder / name for name in frames]
    if not folder.exists():
        _write(folder, frames)
    for i, file in zip(lacking, files, strict=True):
        _set(job, i, file)
    return files


def sources_of(job: Job) -> list[Source]:
    """The clips of `job` that a first frame can be taken from: those that move, or, where none does, the images."""
    return list(_captions(job))


def first_of(clip: Source) -> np.ndarray:
    """Return the first frame that is trained on of a clip: uint8 [H, W, 3]. Raises Refusal where it cannot be read."""
    facts = probe(clip.path)
    index, _ = span(clip.piece, facts)
    return np.ascontiguousarray(inside(read_frames(clip.path, [index])[0], box_of(clip.piece, facts)))


def _chosen(job: Job, lacking: list[int]) -> list[Source]:
    """A clip for each of the samples `lacking` one; none at all where no clip can be opened."""
    captions = _captions(job) if lacking else {}
    chosen = []
    for turn, i in enumerate(lacking):
        prompt = final(job.samples[i].prompt, job.trigger_word)  # a clip's has the trigger word
        clip = _opened([source for source, caption in captions.items() if caption == prompt])
        clip = clip or _opened(_from(list(captions), turn))
        if clip is None:
            return []
        chosen.append(clip)
    return chosen


def _captions(job: Job) -> dict[Source, str]:
    """The clips that move, or, where none does, the images, each with its caption as trained."""
    found: dict[Source, str] = {}
    for dataset in job.datasets:
        root = Path(dataset.folder_path or "")
        if dataset.folder_path and not dataset.is_reg and root.is_dir():
            trigger = dataset.trigger_word or job.trigger_word
            for source in _sources(root):
                file = caption_file(source.path, dataset.caption_ext)
                own = caption_in(None if file and leads_outside(file, root) else file, dataset.default_caption)
                found[source] = final(own.text, trigger)
    moving = {source: caption for source, caption in found.items() if source.path.suffix.lower() not in IMAGE_SUFFIXES}
    return moving or found


def _sources(root: Path) -> Iterator[Source]:
    """The clips of a folder that its edit list does not leave out; of each the first piece."""
    edits = Edits.of(root)
    for path in listed(root).files:
        try:
            pieces = edits.pieces(shown(path, root))
        except Unusable:
            continue
        if pieces != ():
            yield Source(path, pieces[0] if pieces else None)


def _from(clips: list[Source], turn: int) -> list[Source]:
    """The clips from the `turn`-th on, and round."""
    start = turn % len(clips) if clips else 0
    return clips[start:] + clips[:start]


def _opened(clips: list[Source]) -> Source | None:
    """The first of `clips` that can be opened."""
    for clip in clips:
        try:
            span(clip.piece, probe(clip.path))
        except Refusal:
            continue
        return clip
    return None


def _write(folder: Path, frames: dict[str, np.ndarray]) -> None:
    """All of them or none."""
    try:
        for name, frame in frames.items():
            with replacing(folder / name) as temporary:
                Image.fromarray(frame).save(temporary)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _set(job: Job, index: int, image: Path) -> None:
    if job.sample.samples:
        job.sample.samples[index].ctrl_img = str(image)
        return
    prompts = list(job.sample.prompts)
    prompts[index] += f" --ctrl_img {image}"
    job.sample.prompts = prompts


def _free(folder: Path, frames: dict[str, np.ndarray]) -> Path:
    """`folder`, or, where something else has that name already, the same with a number."""
    number, free = 1, folder
    while free.exists() and not _holds(free, frames):
        number += 1
        free = folder.with_name(f"{folder.name}_{number}")
    return free


def _holds(folder: Path, frames: dict[str, np.ndarray]) -> bool:
    """Whether these very pictures are in `folder` already."""
    return all(_is(folder / name, frame) for name, frame in frames.items())


def _is(file: Path, frame: np.ndarray) -> bool:
    try:
        return np.array_equal(read_image(file), frame)
    except (Refusal, OSError, ValueError):
        return False
