"""A table of docs/measured.md that a tool measures and writes: what it is asked, and where it goes."""

import argparse
from pathlib import Path

from wannb.files import write_atomically
from wannb.refusal import Refusal

PAGE = Path(__file__).resolve().parents[1] / "docs" / "measured.md"


def asked(name: str, about: str | None) -> argparse.Namespace:
    """What the command line of tools.`name` says: `out`, where its runs are, and `into`, the file with its table."""
    parser = argparse.ArgumentParser(prog=f"tools.{name}", description=about)
    parser.add_argument("--out", type=Path, default=Path("runs") / name, help="where the runs are")
    parser.add_argument("--into", type=Path, default=PAGE, help="the file whose table is replaced")
    return parser.parse_args()


def write_between(path: Path, mark: str, text: str) -> None:
    """Replace what stands in `path` between `<!-- mark -->` and `<!-- /mark -->`; Refusal where these are missing."""
    before, found, rest = path.read_text(encoding="utf-8").partition(f"<!-- {mark} -->\n")
    _, closed, after = rest.partition(f"<!-- /{mark} -->")
    if not found or not closed:
        raise Refusal(f"{path} has no <!-- {mark} --> … <!-- /{mark} --> for the table: put them where it belongs.")
    write_atomically(path, f"{before}{found}{text}\n{closed}{after}")
