"""What the page shows of the clip that is opened, beside its pictures."""

import re
from collections.abc import Iterable
from typing import Any

from wannb.data.boxes import locked
from wannb.data.buckets import STEP, bucket
from wannb.data.captions import caption_file, caption_in, final
from wannb.data.clips import NUM_FRAMES
from wannb.data.edits import Edits
from wannb.data.facts import VideoFacts
from wannb.data.pieces import WHOLE, box_of, span
from wannb.data.prompt_tokens import MOST_TOKENS, counted
from wannb.data.suggested_edits import CODES
from wannb.data.video import probe
from wannb.files import inside
from wannb.job.finding import Finding
from wannb.job.parts.words import tokenizer_file
from wannb.refusal import Refusal
from wannb.ui.inspector.curve import length
from wannb.ui.inspector.rows import mark_of
from wannb.ui.inspector.source import Source, mode_of, resolutions_of

COUNTS = (1, 5, 9, 13, 17, 21, 25, 29, 33, 37, 41, 49, 57, 65, 73, 81)
RESOLUTIONS = (256, 512, 768, 1024)
PIECE = re.compile(r" \[(\d+)/\d+\]$")
RATIOS = ((1, 1), (4, 3), (3, 4), (16, 9), (9, 16))


def opened(source: Source, name: str, findings: list[Finding]) -> dict[str, Any]:
    """The clip's facts, pieces, caption and findings; `refused` instead where the file cannot be read."""
    path = inside(source.path, name)
    said = {"name": name, "findings": folded(findings), "caption": caption(source, name)}
    try:
        facts, edits = probe(path), Edits.of(source.path)
        pieces = edits.pieces(name)
    except Refusal as refusal:
        return {**said, "refused": str(refusal)}
    return {
        **said,
        "facts": _facts(facts),
        "pieces": [_piece(one, facts) for one in ((WHOLE,) if pieces is None else pieces)],
        "edited": pieces is not None,
        "out": pieces == (),
        "mark": mark_of(name, edits),
        "aspects": aspects(source, facts),
    }


def wishes(source: Source) -> dict[str, Any]:
    """How the strip begins, and what can be chosen instead."""
    settings = source.settings()
    mode, resolutions = mode_of(settings), resolutions_of(settings)
    how = "auto" if mode.auto else "uniform" if mode.shrink else "rate"
    return {
        "count": mode.num_frames,
        "how": how,
        "fps": mode.fps,
        "resolution": resolutions[0],
        "counts": sorted({*COUNTS, mode.num_frames, NUM_FRAMES}),
        "resolutions": sorted({*RESOLUTIONS, *resolutions}),
        "task": source.task,
    }


def caption(source: Source, name: str) -> dict[str, Any]:
    """`text` as written, where it is from, `final` as trained, and its tokens of the `most` that are read."""
    settings = source.settings()
    file = caption_file(source.path / name, settings.get("caption_ext", "txt"))
    written = caption_in(file, settings.get("default_caption", ""))
    text = final(written.text, settings.get("trigger"), settings.get("is_reg", False))
    return {
        "text": written.text if written.source == "file" else "",
        "source": written.source,
        "default": settings.get("default_caption") or "",
        "final": text,
        "tokens": counted(text, _tokenizer(source)) if text else 0,
        "exact": _tokenizer(source) is not None,
        "most": MOST_TOKENS,
    }


def aspects(source: Source, facts: VideoFacts) -> dict[str, list[dict[str, Any]]]:
    """For each resolution the shapes to lock a crop to: `name` and bucket `size`, the picture's own first."""
    found = {}
    for resolution in wishes(source)["resolutions"]:
        if min(facts.width, facts.height) < STEP:
            continue
        own = {"name": "its own", "size": list(bucket(facts.width, facts.height, resolution))}
        others = [{"name": f"{w}:{h}", "size": _largest(w / h, facts, resolution)} for w, h in RATIOS]
        found[str(resolution)] = [own, *(one for one in others if one["size"])]
    return found


def _tokenizer(source: Source):
    return tokenizer_file(source.job) if source.job else None


def _facts(facts: VideoFacts) -> dict[str, Any]:
    names = ("width", "height", "fps", "frames", "seconds", "codec", "is_image")
    return {**{name: getattr(facts, name) for name in names}, "length": length(facts), "times": list(facts.times)}


def _piece(piece, facts: VideoFacts) -> dict[str, Any]:
    """Seconds of its ends as the timeline has them, and its box inside the picture."""
    first, stop = span(piece, facts)
    box = box_of(piece, facts)
    end = length(facts) if stop >= facts.frames else facts.time_of(stop)
    return {
        "start": facts.time_of(first), "end": end, "first": first, "stop": stop, "crop": list(box) if box else None,
    }  # fmt: skip


def _largest(ratio: float, facts: VideoFacts, resolution: int) -> list[int] | None:
    """The bucket of the largest box of `ratio` in the picture; None where that is too small for one."""
    whole = (0, 0, facts.width, facts.height)
    x0, y0, x1, y1 = locked(whole, ratio, facts.width, facts.height)
    return list(bucket(x1 - x0, y1 - y0, resolution)) if min(x1 - x0, y1 - y0) >= STEP else None


def folded(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """`findings` on one file; what is said alike of several pieces of it is one, with their numbers in `pieces`."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in (finding.in_language() for finding in findings):
        new = {name: getattr(one, name) for name in ("code", "severity", "message", "fix", "where")}
        said = found.setdefault((one.code, one.message), {**new, "pieces": [], "curable": one.code in CODES})
        number = PIECE.search(one.where)
        said["pieces"] += [int(number[1])] if number else []
    return list(found.values())
