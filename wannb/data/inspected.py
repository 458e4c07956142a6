"""The whole clip report: `wannb inspect`, without a job."""

from collections.abc import Iterator
from pathlib import Path

from wannb.data.caption_checks import in_front, of_length
from wannb.data.clips import ClipFolder
from wannb.data.kind_captions import of_captions
from wannb.data.kind_checks import captions_of, of_count
from wannb.data.listing import listed
from wannb.data.looks import look_all
from wannb.data.looks.pool import Progress
from wannb.job.finding import Finding


def inspected(path: str | Path, kind: str | None = None, progress: Progress | None = None, **settings) -> ClipFolder:
    """The clips of `path`, every frame of them looked at, with all there is to say of them for a LoRA of `kind`.

    settings: as `ClipFolder` takes them. Many clips that were not looked at before are decoded by several processes;
    `progress` is called with (done, of all) as they come.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        look_all(listed(path).files, progress)  # first, because it answers what the folder asks of each file
    folder = ClipFolder(path, **settings)
    folder.own_findings += _of_captions(folder, kind)
    return folder.look(kind)


def _of_captions(folder: ClipFolder, kind: str | None) -> Iterator[Finding]:
    where = str(folder.path)
    if not folder.clips:
        return
    if kind:
        yield from of_count(kind, where, len(folder.clips))
    yield from of_length(folder.clips, None)
    if not folder.is_reg:
        yield from in_front(folder, where)
        yield from of_captions(kind, where, captions_of(folder.clips), folder.trigger)
