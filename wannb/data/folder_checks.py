"""What there is to say about a folder of clips as a whole."""

from collections.abc import Iterable
from pathlib import Path

from wannb.data.frames import WAN_FPS, fits_vae, nearest_counts
from wannb.data.listing import Listing, shown
from wannb.job.finding import Finding
from wannb.words import say


def of_folder(folder) -> list[Finding]:
    """On the settings of a ClipFolder and on whether anything is left of it."""
    said, where = [], str(folder.path)
    if not fits_vae(folder.num_frames) and not folder.mode.auto:
        below, above = nearest_counts(folder.num_frames)
        message = say("Num Frames {count} is not 4n+1, which is what the VAE takes.", count=folder.num_frames)
        said.append(
            Finding("not-4n1", "error", "num_frames", message, say("Use {below} or {above}.", below=below, above=above))
        )
    if not folder.path.is_dir():
        file, missing = (
            say("The clip folder {where} is a file.", where=where),
            say("The clip folder {where} is missing.", where=where),
        )
        message = file if folder.path.exists() else missing
        said.append(Finding("no-folder", "error", where, message, say("Give the folder that holds the clips.")))
    elif not folder.clips:
        message = say("{where} holds no clip that can be trained on.", where=where)
        fix = say("Put .mp4, .mov, .webm, .mkv clips or .png, .jpg images there.")
        said.append(Finding("no-clips", "error", where, message, fix))
    said += _same_sizes(folder) + _rate(folder) + _windows(folder)
    if folder.masks:
        said += folder.masks.of_set(folder.path, folder.all_clips)
    if folder.mode.moves and any(clip.facts.is_image for clip in folder.clips) and not folder.is_reg:
        count = sum(clip.facts.is_image for clip in folder.clips)
        message = say(
            "{count} of {all} are images: trained as one-frame clips, in batches of their own.",
            count=count,
            all=len(folder.clips),
        )
        said.append(Finding("images", "info", where, message))
    return said


def _windows(folder) -> list[Finding]:
    """Pieces are taken at the clips' true rate alone."""
    mode = folder.mode
    if mode.windows == 1 or not (mode.shrink or mode.auto):
        return []
    message = say("Windows per Clip has no effect on this set: its frames are taken over the whole clip.")
    fix = say("Switch Shrink Video to Frames and Auto Frame Count off to take pieces.")
    return [Finding("windows-unused", "info", str(folder.path), message, fix)]


def _rate(folder) -> list[Finding]:
    """Frames at a true rate are shown by Wan at its own."""
    mode = folder.mode
    if not mode.moves or (mode.shrink and not mode.auto) or mode.fps == WAN_FPS:
        return []
    numbers = {"fps": mode.fps, "wan": WAN_FPS, "speed": WAN_FPS / mode.fps}
    slow = say("Clips are sampled at {fps:g} fps, Wan plays at {wan}: motion is learned at {speed:.0%} of its speed.",
               **numbers)  # fmt: skip
    fast = say("Clips are sampled at {fps:g} fps, Wan plays at {wan}: motion is learned at {speed:.1f} times its "
               "speed.", **numbers)  # fmt: skip
    message = slow if mode.fps > WAN_FPS else fast
    return [Finding("rate-not-wans", "warning", "fps", message, say("Set {key} to {value}.", key="fps", value=WAN_FPS))]


def _same_sizes(folder) -> list[Finding]:
    doubled = [clip for clip in folder.clips if len(set(clip.buckets)) < len(clip.buckets)]
    if not doubled:
        return []
    asked = ", ".join(str(r) for r in folder.resolutions)
    message = say(
        "{count} of {all} clips have one size at several Resolutions ({asked}); each counts.",
        count=len(doubled),
        all=len(folder.clips),
        asked=asked,
    )
    fix = say("Leave out the Resolutions above the clips' own size.")
    return [Finding("same-size-twice", "info", str(folder.path), message, fix)]


def of_list(listing: Listing, clips: Iterable, caption_ext: str) -> list[Finding]:
    """On files and folders that were not taken for clips."""
    said = []
    for path in listing.foreign:
        message = say("{suffix} files are not read; it is left out.", suffix=path.suffix)
        fix = say("Convert it to mp4 (video) or png (image).")
        said.append(Finding("unsupported", "warning", _name(listing, path), message, fix))
    for path in listing.linked_folders:
        message = say("It is a link to a folder, and those are not followed.")
        fix = say("Make the folder a data set of its own.")
        said.append(Finding("linked-folder", "warning", _name(listing, path), message, fix))
    for path in listing.set_aside:
        message = say("Folders whose name begins with _ are left out.")
        said.append(Finding("set-aside", "info", _name(listing, path), message))
    return said + _orphans(listing, {clip.path.with_suffix("") for clip in clips}, caption_ext)


def _orphans(listing: Listing, stems: set[Path], caption_ext: str) -> list[Finding]:
    suffix = "." + caption_ext.lstrip(".").lower()
    alone = [p for p in listing.others if p.suffix.lower() == suffix and p.with_suffix("") not in stems]
    notes = ("readme", "license", "licence", "notes", "requirements")
    names = [_name(listing, p) for p in alone if p.stem.lower() not in notes]
    if not names:
        return []
    some = ", ".join(names[:3])
    if len(names) > 3:
        some = say("{names} and {more} more", names=some, more=len(names) - 3)
    message = say("No clip has the name of {names}.", names=some)
    return [Finding("orphan-caption", "info", names[0], message, say("A caption has the base name of its clip."))]


def _name(listing: Listing, path: Path) -> str:
    return shown(path, listing.root)
