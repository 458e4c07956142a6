"""What the clip report says above info of a folder of real footage: `python -m tools.footage_check FOLDER`.

For a person to judge: whatever is said of a clip that nothing is wrong with is a false alarm. Captions are left aside.
"""

import sys
from collections import Counter
from pathlib import Path

from wannb.data.clips import ClipFolder
from wannb.data.inspected import inspected

OF_CAPTIONS = {"no-caption", "default-caption", "caption-encoding", "no-trigger", "caption-too-long", "same-caption"}
RESOLUTION = 256


def said(folder: ClipFolder) -> list[str]:
    """A line for each finding above info, save on captions."""
    shown = [one for one in folder.findings if one.severity != "info" and one.code not in OF_CAPTIONS]
    return [f"{one.where}: {one.code}: {one.message}" for one in shown]


def main(path: Path) -> None:
    folder = inspected(path, num_frames=17, resolutions=[RESOLUTION])
    print(*said(folder), sep="\n")
    counts = Counter(one.code for one in folder.findings if one.code not in OF_CAPTIONS)
    told = ", ".join(f"{code} {count}" for code, count in sorted(counts.items())) or "nothing"
    print(f"{len(folder.clips)} clips, {len(folder.refused)} refused; in all: {told}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
