"""The clip report as one page that needs nothing beside it: pictures inline, light and dark, no net, no script."""

import base64
from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image

from wannb.data import lost
from wannb.data.boxes import inside
from wannb.data.clip import Clip
from wannb.data.clips import ClipFolder
from wannb.data.looks import Look
from wannb.data.prompt_tokens import MOST_TOKENS, counted
from wannb.data.report import asked, way_of_trigger
from wannb.data.video import iter_frames
from wannb.files import write_atomically
from wannb.job.finding import Finding
from wannb.job.preflight import ORDER
from wannb.refusal import Refusal
from wannb.ui.browser_files import STATIC
from wannb.ui.clip_histograms import plot_clips
from wannb.ui.pictures import jpeg
from wannb.words import tell

POSTER = (128, 96)
"""Pixels that a poster fits into."""
POINTS = 60
"""Of a clip's curve of movement."""
NO_PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
HEADS = ("", "clip", "source", "taken", "trained at", "movement (of 255)", "caption, as trained")
LONG = 160
"""Letters of a caption from which on it opens on request."""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_clip_page(path: str | Path, folder: ClipFolder) -> None:
    """Write the page of `folder`; it appears whole."""
    write_atomically(path, clip_page(folder))


def clip_page(folder: ClipFolder) -> str:
    """The page. Every word that comes from files is escaped."""
    name = escape(folder.path.resolve().name)
    heads = "".join(f"<th>{head}</th>" for head in HEADS)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name}: clips</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<style>{(STATIC / 'clip_page.css').read_text(encoding='utf-8')}</style>"
        f'<h1>{name}</h1><p class="asked">{escape(_sum(folder))}</p>'
        f"{_histograms(folder)}<h2>Findings</h2>{_findings(folder.findings)}"
        f'<h2>Clips</h2><div class="roll"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(_row(clip) for clip in folder.all_clips)}</tbody></table></div></html>\n"
    )


def _sum(folder: ClipFolder) -> str:
    parts = [f"{len(folder.clips)} clips" + (f", {len(folder.refused)} left out" if folder.refused else "")]
    parts.append(f"{asked(folder.mode)} at {', '.join(map(str, folder.resolutions))}")
    if folder.trigger:
        parts.append(f"Trigger Word {folder.trigger}")
    if folder.caption_dropout:
        parts.append(f"no caption in {folder.caption_dropout:.0%} of draws")
    return " · ".join(parts)


def _histograms(folder: ClipFolder) -> str:
    if not folder.clips:
        return ""
    return f'<img class="drawn" alt="Histograms of the clips" src="{_inline(plot_clips(folder)._repr_png_(), "png")}">'


def _findings(findings: list[Finding]) -> str:
    """One line a code, the worst first, that opens to everything said under it."""
    kinds: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(findings, key=lambda one: ORDER[one.severity]):
        kinds.setdefault((finding.severity, finding.code), []).append(finding)
    return "".join(_kind(*kind, alike) for kind, alike in kinds.items()) or "<p>Nothing to say.</p>"


def _kind(severity: str, code: str, alike: list[Finding]) -> str:
    lines = "".join(
        f'<li><b>{escape(one.where)}</b> {escape(one.message)} <span class="fix">{escape(one.fix)}</span></li>'
        for one in (finding.in_language() for finding in alike)
    )
    opened = " open" if severity == "error" else ""
    first = f"<b>{escape(alike[0].where)}</b> {escape(tell(alike[0].message))}"
    more = f'<span class="many">and {len(alike) - 1} more</span>' if len(alike) > 1 else ""
    return (
        f'<details{opened}><summary><span class="level {severity}">{severity}</span><code>{escape(code)}</code>'
        f'<span class="first">{first}</span>{more}</summary><ul>{lines}</ul></details>'
    )


def _row(clip: Clip) -> str:
    said = sorted(clip.findings, key=lambda one: ORDER[one.severity])
    codes = dict.fromkeys((one.severity, one.code) for one in said)
    chips = "".join(f'<span class="{severity}">{escape(code)}</span>' for severity, code in codes)
    cells = [
        f'<td class="poster"><img loading="lazy" alt="" src="{_poster(clip)}"></td>',
        f'<td class="name">{escape(clip.name)}{"" if clip.ok else "<small>left out</small>"}'
        f'<span class="said">{chips}</span></td>',
        f'<td class="number">{_source(clip)}</td>',
        f'<td class="number">{_taken(clip)}</td>',
        f'<td class="number">{_sizes(clip)}</td>',
        f'<td class="number">{_movement(clip.look) if clip.look else ""}</td>',
        f'<td class="caption">{_caption(clip)}</td>',
    ]
    return f"<tr{'' if clip.ok else ' class=refused'}>{''.join(cells)}</tr>"


def _source(clip: Clip) -> str:
    facts = clip.facts
    if facts is None:
        return ""
    lines = [f"{facts.width}×{facts.height} {escape(facts.codec)}"]
    if not facts.is_image:
        lines.append(f"{facts.seconds:.1f} s, {facts.frames} frames at {facts.fps:.4g} fps")
    if facts.rotation:
        lines.append(f"turned by {facts.rotation}°")
    return _lines(lines)


def _taken(clip: Clip) -> str:
    if not clip.ok:
        return ""
    windows = f"{len(clip.windows)} windows of " if len(clip.windows) > 1 else ""
    frames = len(clip.picked)
    lines = [f"{windows}{frames} frame{'s' if frames > 1 else ''}"]
    if not clip.facts.is_image:
        lines.append(f"{lost.used(clip.windows, clip.facts.frames):.0%} of all")
        lines.append(f"plays {clip.stretch:.2g} times as fast" if not 0.99 < clip.stretch < 1.01 else "as filmed")
    return _lines(lines)


def _sizes(clip: Clip) -> str:
    return "".join(
        f"{width}×{height}<small>{lost.cropped(clip.facts.width, clip.facts.height, (width, height)):.0%} cut off, "
        f"scaled to {lost.scaled(clip.facts.width, clip.facts.height, (width, height)):.0%}</small>"
        for width, height in dict.fromkeys(clip.buckets)
    )


def _movement(look: Look) -> str:
    """The mean, and the curve: what stands still or is black shaded, cuts as lines."""
    if look.frames < 2:
        return ""
    shaded = [(0, look.still_start), (look.frames - look.still_end, look.frames), *look.black]
    rects = "".join(
        f'<rect x="{a / look.frames:.4f}" width="{(b - a) / look.frames:.4f}" height="1"/>' for a, b in shaded if b > a
    )
    cuts = "".join(f'<line x1="{at:.4f}" x2="{at:.4f}" y2="1"/>' for at in (cut / look.frames for cut in look.cuts))
    points = " ".join(f"{x:.3f},{1 - y:.3f}" for x, y in _curve(look.motion))
    drawn = f'<svg viewBox="0 0 1 1" preserveAspectRatio="none">{rects}{cuts}<polyline points="{points}"/></svg>'
    return f"{look.energy:.1f}{drawn}"


def _curve(motion: np.ndarray) -> Iterator[tuple[float, float]]:
    """At most POINTS points of the unit square, each the most of what it stands for."""
    parts = np.array_split(motion, min(POINTS, len(motion)))
    highest = max(float(motion.max()), 1.0)
    for i, part in enumerate(parts):
        yield i / max(1, len(parts) - 1), float(part.max()) / highest


def _caption(clip: Clip) -> str:
    if not clip.ok:
        return escape(tell(clip.findings[-1].message)) if clip.findings else ""
    notes = [f"{counted(clip.caption, None)} of {MOST_TOKENS} tokens"]
    if clip.written and clip.written.source == "default":
        notes.append("Default Caption")
    way = way_of_trigger(clip)
    notes += ["Trigger Word put in front"] if way == "front" else ["[trigger] filled in"] if way == "slot" else []
    return f"{_folded(clip.caption) or '—'}<small>{', '.join(notes)}</small>"


def _folded(text: str) -> str:
    """A long text by its beginning, the rest behind a click."""
    if len(text) <= LONG:
        return escape(text)
    cut = text.rfind(" ", 0, LONG) if " " in text[:LONG] else LONG
    return f"<details><summary>{escape(text[:cut])} …</summary>{escape(text[cut:])}</details>"


def _poster(clip: Clip) -> str:
    """The first frame that is trained on, as it is cropped."""
    if not clip.ok:
        return NO_PICTURE
    try:
        frame = next(iter_frames(clip.path, [clip.picked[0]]))
    except (Refusal, OSError, StopIteration):  # changed since it was probed
        return NO_PICTURE
    picture = Image.fromarray(np.ascontiguousarray(inside(frame, clip.crop)))
    picture.thumbnail(POSTER)
    return _inline(jpeg(picture, 75), "jpeg")


def _inline(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _lines(lines: list[str]) -> str:
    return lines[0] + "".join(f"<small>{line}</small>" for line in lines[1:])
