"""A clip folder as a dictionary, as text and as a table."""

from html import escape

from wannb.data.listing import shown


def clip_dict(clip) -> dict:
    facts = clip.facts
    return {
        "path": str(clip.path).encode("utf-8", "replace").decode(),
        "ok": clip.ok,
        "width": facts.width if facts else None,
        "height": facts.height if facts else None,
        "fps": facts.fps if facts else None,
        "frames": facts.frames if facts else None,
        "seconds": facts.seconds if facts else None,
        "codec": facts.codec if facts else None,
        "rotation": facts.rotation if facts else None,
        "caption": clip.caption if clip.ok else None,
        "picked": list(clip.picked),
        "buckets": [list(size) for size in clip.buckets],
        "findings": [finding.to_dict() for finding in clip.findings],
    }


def folder_dict(folder) -> dict:
    return {
        "folder": str(folder.path),
        "num_frames": folder.num_frames,
        "resolutions": folder.resolutions,
        "clips": [clip.to_dict() for clip in folder.all_clips],
        "findings": [finding.to_dict() for finding in folder.findings],
    }


def as_text(folder) -> str:
    """A line a clip, then the findings."""
    lines = [headline(folder)]
    lines += [f"  {_name(folder, clip)}: {_summary(clip)}" for clip in folder.all_clips]
    lines += [f"  {finding}" for finding in folder.findings]
    return "\n".join(lines)


def as_html(folder) -> str:
    """A static table; every word from files is escaped."""
    rows = "".join(
        f"<tr><td>{escape(_name(folder, clip))}</td><td>{escape(_summary(clip))}</td>"
        f"<td style='text-align:left'>{escape(clip.caption)}</td></tr>"
        for clip in folder.all_clips
    )
    notes = "".join(f"<li>{escape(str(finding))}</li>" for finding in folder.findings)
    head = "<tr><th>clip</th><th>what is trained</th><th>caption</th></tr>"
    return f"<p>{escape(headline(folder))}</p><table>{head}{rows}</table><ul>{notes}</ul>"


def headline(folder) -> str:
    refused = f", {len(folder.refused)} refused" if folder.refused else ""
    return f"{folder.path}: {len(folder.clips)} clips{refused}; {folder.num_frames} frames at {folder.resolutions}"


def _summary(clip) -> str:
    if not clip.ok:
        return f"refused ({clip.findings[-1].code})"
    facts = clip.facts
    sizes = ", ".join(f"{w}x{h}" for w, h in dict.fromkeys(clip.buckets))
    source = "image" if facts.is_image else f"{facts.frames} frames, {facts.seconds:.1f} s at {facts.fps:g} fps"
    return f"{facts.width}x{facts.height} {facts.codec}, {source} -> {len(clip.picked)} frames at {sizes}"


def _name(folder, clip) -> str:
    return shown(clip.path, folder.path)
