"""A clip folder as a dictionary, as text and as a table."""

from html import escape

from wannb.data import lost
from wannb.data.captions import Caption, has_slot
from wannb.data.prompt_tokens import MOST_TOKENS, counted


def clip_dict(clip) -> dict:
    facts = clip.facts
    return {
        "path": str(clip.path).encode("utf-8", "replace").decode(),
        "name": clip.name,
        "piece": clip.piece.to_dict() if clip.piece else None,
        "ok": clip.ok,
        "width": facts.width if facts else None,
        "height": facts.height if facts else None,
        "fps": facts.fps if facts else None,
        "frames": facts.frames if facts else None,
        "seconds": facts.seconds if facts else None,
        "codec": facts.codec if facts else None,
        "rotation": facts.rotation if facts else None,
        "stretch": round(clip.stretch, 4) if clip.ok else None,
        "caption": clip.caption if clip.ok else None,
        "caption_of": _caption_of(clip) if clip.ok else None,
        "tokens": counted(clip.caption, None) if clip.ok else None,
        "picked": list(clip.picked),
        "windows": [list(window) for window in clip.windows],
        "frames_used": round(lost.used(clip.windows, facts.frames), 4) if clip.ok else None,
        "buckets": [list(size) for size in clip.buckets],
        "lost": [_lost(facts, size) for size in clip.buckets],
        "mask": str(clip.mask.path) if clip.mask else None,
        "look": _look_dict(clip.look) if clip.look else None,
        "findings": [finding.to_dict() for finding in clip.findings],
    }


def _caption_of(clip) -> dict:
    """What the caption was made of."""
    written = clip.written
    told = Caption("", "none") if written is None else written
    return {"written": told.text, "source": told.source, "trigger": way_of_trigger(clip)}


def way_of_trigger(clip) -> str | None:
    """How the Trigger Word was put into the caption: `slot`, `front` or, where it was not, None."""
    written = clip.written.text if clip.written else clip.caption
    return "slot" if has_slot(written) else "front" if clip.caption != written else None


def _look_dict(look) -> dict:
    """Frames counted from the first of the clip; `energy` is the mean motion, in grey levels of 255."""
    return {
        "energy": round(look.energy, 3),
        "still_start": look.still_start,
        "still_end": look.still_end,
        "cuts": list(look.cuts),
        "black": [list(run) for run in look.black],
        "box": list(look.box) if look.box else None,
    }


def _lost(facts, size: tuple[int, int]) -> dict:
    """Of one bucket: `cropped` is the share of the picture cut off, `scale` trained pixels a source pixel."""
    cropped = lost.cropped(facts.width, facts.height, size)
    return {"bucket": list(size), "cropped": round(cropped, 4), "scale": round(_scale(facts, size), 4)}


def _scale(facts, size: tuple[int, int]) -> float:
    return lost.scaled(facts.width, facts.height, size)


def folder_dict(folder) -> dict:
    return {
        "folder": str(folder.path),
        "num_frames": folder.num_frames,
        "resolutions": folder.resolutions,
        "trigger": folder.trigger,
        "caption_dropout": folder.caption_dropout,
        "tokens_of": MOST_TOKENS,
        "clips": [clip.to_dict() for clip in folder.all_clips],
        "findings": [finding.to_dict() for finding in folder.findings],
    }


def as_text(folder) -> str:
    """A line a clip, then the findings."""
    lines = [headline(folder)]
    lines += [f"  {_name(folder, clip)}: {_line(clip)}" for clip in folder.all_clips]
    lines += [f"  {finding}" for finding in folder.findings]
    return "\n".join(lines)


def as_html(folder) -> str:
    """A static table; every word from files is escaped."""
    rows = "".join(
        f"<tr><td>{escape(_name(folder, clip))}</td><td>{escape(_summary(clip))}</td>"
        f"<td>{escape(_losses(clip))}</td><td style='text-align:left'>{escape(clip.caption)}</td></tr>"
        for clip in folder.all_clips
    )
    notes = "".join(f"<li>{escape(str(finding))}</li>" for finding in folder.findings)
    head = "<tr><th>clip</th><th>what is trained</th><th>what is lost</th><th>caption</th></tr>"
    return f"<p>{escape(headline(folder))}</p><table>{head}{rows}</table><ul>{notes}</ul>"


def headline(folder) -> str:
    refused = f", {len(folder.refused)} refused" if folder.refused else ""
    dropout = f"; no caption in {folder.caption_dropout:.0%} of draws" if folder.caption_dropout else ""
    return f"{folder.path}: {len(folder.clips)} clips{refused}; {asked(folder.mode)} at {folder.resolutions}{dropout}"


def asked(mode) -> str:
    if mode.auto:
        return f"all frames at {mode.fps:g} fps"
    if mode.shrink:
        return f"{mode.num_frames} frames"
    pieces = f", up to {mode.windows} windows a clip," if mode.windows > 1 else ""
    return f"{mode.num_frames} frames at {mode.fps:g} fps{pieces}"


def _line(clip) -> str:
    return f"{_summary(clip)} ({_losses(clip)})" if clip.ok else _summary(clip)


def _summary(clip) -> str:
    if not clip.ok:
        return f"refused ({clip.findings[-1].code})"
    facts = clip.facts
    sizes = ", ".join(f"{w}x{h}" for w, h in dict.fromkeys(clip.buckets))
    pieces = f"{len(clip.windows)} windows of " if len(clip.windows) > 1 else ""
    source = "image" if facts.is_image else f"{facts.frames} frames, {facts.seconds:.1f} s at {facts.fps:g} fps"
    taken = f"{pieces}{_frames(len(clip.picked))} at {sizes}{pace(clip)}"
    return f"{facts.width}x{facts.height} {facts.codec}, {source} -> {taken}"


def pace(clip) -> str:
    """How fast its motion plays at 16 fps, where that is not as filmed."""
    played = clip.stretch
    return f", {played:.2g} times as fast" if not 0.99 < played < 1.01 else ""


def _losses(clip) -> str:
    """What the way to each size costs: scale and cut-off border, and the share of the frames that is used."""
    if not clip.ok:
        return ""
    facts = clip.facts
    moves = f"motion {clip.look.energy:.1f}; " if clip.look else ""
    used = "" if facts.is_image else f"{moves}{lost.used(clip.windows, facts.frames):.0%} of the frames used; "
    return used + ", ".join(
        f"{w}x{h}: scaled to {_scale(facts, (w, h)):.0%}, {lost.cropped(facts.width, facts.height, (w, h)):.0%} cut off"
        for w, h in dict.fromkeys(clip.buckets)
    )


def _name(folder, clip) -> str:
    return clip.name


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"
