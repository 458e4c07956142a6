"""One way in for pictures that move: `probe` says what a file holds, `read_frames` brings frames of it.

decord reads first, because it seeks; PyAV has probed the file before that and takes over wherever decord cannot (AV1),
would be wrong (rotation, BT.709 colours, damaged frames, open groups of pictures, where it miscounts after a seek;
containers without a dependable index) or has no wheel (arm).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

import av
import numpy as np

from wannb.data.apart import borrowed
from wannb.data.decoding import opened, upright
from wannb.data.facts import VideoFacts
from wannb.data.facts_sent import from_dict
from wannb.data.in_time import in_time
from wannb.data.measuring import measured
from wannb.data.stills import probe_image, read_image
from wannb.data.unusable import Unusable
from wannb.refusal import Refusal
from wannb.words import say

VIDEO_SUFFIXES = frozenset({".mp4", ".avi", ".mov", ".webm", ".mkv", ".wmv", ".m4v", ".flv"})
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp"})

_DECORD_CONTAINERS = ("mov", "matroska")
_DECORD_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "mpeg4"})
_AT_ONCE = 8
"""Frames that decord hands over together: 8 of 4K are 200 MB."""
_PATIENCE = 60.0
"""Seconds that decord may take for them; after that PyAV reads."""
_HUNG: set[Path] = set()


def probe(path: str | Path) -> VideoFacts:
    """Decode the whole file once and say what it holds (remembered until the file changes).

    Raises Unusable (a Refusal) for a missing, empty, unreadable or moving-GIF file, or one without a picture.
    """
    path = Path(path)
    try:
        stat = path.stat()
    except OSError as error:
        raise Unusable(
            "unreadable",
            say("{name} cannot be opened ({reason})", name=path.name, reason=error.strerror),
            say("Check the file."),
        ) from None
    if not path.is_file():
        raise Unusable("unreadable", say("{name} is not a file", name=path.name), say("Remove it from the set."))
    facts = _probed(path, stat.st_mtime_ns, stat.st_size)
    if isinstance(facts, Unusable):
        raise Unusable(facts.code, facts.message, facts.fix)
    return facts


def read_frames(path: str | Path, indices: Sequence[int]) -> np.ndarray:
    """uint8 [F, H, W, 3]: the frames `indices` (any order, repeats allowed) of a video or image, upright, RGB.

    Raises Refusal for an index that the probe did not count.
    """
    wanted = sorted(set(indices))
    frames = np.stack(list(iter_frames(path, wanted)))
    place = {index: i for i, index in enumerate(wanted)}
    return frames if list(indices) == wanted else frames[[place[i] for i in indices]]


def iter_frames(path: str | Path, indices: Sequence[int]) -> Iterator[np.ndarray]:
    """Yield uint8 [H, W, 3] for each of `indices`, which rise strictly; holds a few frames in memory at a time."""
    path, indices = Path(path), list(indices)
    facts = probe(path)
    if not indices or indices[0] < 0 or indices[-1] >= facts.frames:
        raise Refusal(f"{path.name} has {facts.frames} frames, not {indices}: pick from 0 to {facts.frames - 1}.")
    if facts.is_image:
        yield read_image(path)
        return
    done = 0
    if decord_suits(facts):
        for frame in _with_decord(path, indices, facts):
            yield frame
            done += 1
    if indices[done:]:
        yield from _with_pyav(path, indices[done:])


def decord_suits(facts: VideoFacts) -> bool:
    """Whether decord is known to return the frames that PyAV counts."""
    return (
        facts.codec in _DECORD_CODECS
        and facts.container.startswith(_DECORD_CONTAINERS)
        and facts.plain_matrix
        and facts.closed_groups
        and facts.plain_colours
        and not facts.fault
        and not facts.damaged_frames
    )


def _with_decord(path: Path, indices: list[int], facts: VideoFacts) -> Iterator[np.ndarray]:
    """Yield what decord gives, as long as it agrees with the probe; the caller reads the rest with PyAV."""
    decord = _decord()
    if decord is None or path in _HUNG:
        return
    try:
        # Absolute, because FFmpeg takes a relative `12:30.mp4` for an address.
        reader = in_time(partial(decord.VideoReader, str(path.absolute()), num_threads=1), _PATIENCE)
        # An index past the decodable end makes decord spin for ever, so a longer count is not to be trusted.
        if len(reader) != facts.frames:
            return
        for at in range(0, len(indices), _AT_ONCE):
            frames = in_time(partial(reader.get_batch, indices[at : at + _AT_ONCE]), _PATIENCE).asnumpy()
            if frames.shape[1:] != (facts.height, facts.width, 3):
                return
            yield from frames
    except TimeoutError:
        _HUNG.add(path)
    except (decord.DECORDError, decord.DECORDLimitReachedError, RuntimeError):
        return


def _with_pyav(path: Path, indices: list[int]) -> Iterator[np.ndarray]:
    wanted = iter(indices)
    index, size, count = next(wanted), None, 0
    with opened(path) as tape:
        for number, frame in enumerate(tape.frames()):
            size = size or (frame.width, frame.height)
            if number != index:
                continue
            yield upright(frame, size)
            count += 1
            if (index := next(wanted, None)) is None:
                return
    raise Refusal(f"{path.name} changed while it was read ({count} of {len(indices)} frames came): run again.")


@lru_cache(maxsize=1)
def _decord():
    """The module, or None where it has no wheel."""
    try:
        import decord
    except (ImportError, OSError):
        return None
    # Its FFmpeg would write to stderr what the probe has already said in a sentence.
    decord.logging.set_level(decord.logging.QUIET)
    return decord


_KNOWN: dict[tuple[Path, int, int], VideoFacts | Unusable] = {}
_MOST_KNOWN = 65536


def learn(path: Path, facts: VideoFacts | Unusable) -> None:
    """Let `probe` answer with `facts`, or refuse with them, until the file changes: it has been decoded already."""
    stat = path.stat()
    _remember((path, stat.st_mtime_ns, stat.st_size), facts)


def _probed(path: Path, mtime_ns: int, size: int) -> VideoFacts | Unusable:
    """The facts or, remembered like them, why there are none."""
    key = (path, mtime_ns, size)
    if key not in _KNOWN:
        try:
            _remember(key, _decoded_apart(path, size))
        except Unusable as why:
            _remember(key, why)
    return _KNOWN[key]


def _decoded_apart(path: Path, size: int) -> VideoFacts | Unusable:
    """What a process apart makes of the file; this one decodes where none can be had."""
    try:
        with borrowed() as worker:
            return from_dict(json.loads(worker.ask(path, "facts")))
    except OSError:
        return decoded(path, size)


def _remember(key: tuple[Path, int, int], facts: VideoFacts | Unusable) -> None:
    while len(_KNOWN) >= _MOST_KNOWN:
        del _KNOWN[next(iter(_KNOWN))]
    _KNOWN[key] = facts


def decoded(path: Path, size: int, seen: Callable[[av.VideoFrame], None] | None = None) -> VideoFacts:
    """The facts of the file of `size` bytes, by decoding all of it; a video's frames pass by `seen`.

    Raises Unusable for all that `probe` refuses.
    """
    if size == 0:
        raise Unusable("empty", say("{name} is empty", name=path.name), say("Copy it again or remove it."))
    if _starts_as_gif(path):
        raise Unusable(
            "gif", say("{name} is a GIF", name=path.name), say("Use real video, for example an mp4 of the same scene.")
        )
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return probe_image(path)
    try:
        return measured(path, seen)
    except (av.FFmpegError, ValueError, OSError, EOFError):
        raise _unreadable(path) from None


def _unreadable(path: Path) -> Unusable:
    with open(path, "rb") as file:
        head = file.read(512)
    if head[4:8] == b"ftyp":
        return Unusable(
            "truncated",
            say("{name} is cut off: the index that ends an mp4 is missing", name=path.name),
            say("Copy it again."),
        )
    text = all(byte >= 32 or byte in b"\t\n\r\f\x1b" for byte in head)
    what = say("{name} is text, not video", name=path.name)
    message = what if text else say("{name} cannot be read as video", name=path.name)
    return Unusable("unreadable", message, say("Export it again, for example as H.264 mp4, or remove it."))


def _starts_as_gif(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(6) in (b"GIF87a", b"GIF89a")
    except OSError as error:
        raise Unusable(
            "unreadable",
            say("{name} cannot be opened ({reason})", name=path.name, reason=error.strerror),
            say("Check the file."),
        ) from None
