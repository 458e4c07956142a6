"""The clip sets that come along are whole, and what is held out of them is held out; a wheel has them too."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from wannb import bundled
from wannb.data import ClipFolder
from wannb.refusal import Refusal

ROOT = Path(__file__).resolve().parents[2]
KINDS = pytest.mark.parametrize("kind", bundled.SETS)


@KINDS
def test_clips_with_captions_and_nothing_wrong(kind: str) -> None:
    clips = ClipFolder(bundled.folder(kind), num_frames=33, resolutions=[64])
    assert len(clips.clips) >= 12
    assert not clips.refused
    assert all(clip.caption for clip in clips.clips)
    assert not [finding for finding in clips.findings if finding.severity != "info"]


@KINDS
def test_what_is_held_out_is_in_no_clip(kind: str) -> None:
    held_out = bundled.held_out(kind)
    captions = {clip.caption for clip in ClipFolder(bundled.folder(kind)).clips}
    assert len(held_out) >= 4
    assert len({one.prompt for one in held_out}) == len(held_out)
    assert not captions & {one.prompt for one in held_out}
    assert all(Image.open(one.image).size == (64, 64) for one in held_out)


def test_another_kind_is_refused() -> None:
    with pytest.raises(Refusal, match="motion, style, character"):
        bundled.folder("weather")


def test_a_wheel_brings_the_clips_and_the_tiny_wan(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")  # what pip does with a pure wheel
    ask = "from wannb import bundled\nfrom wannb.wan.loading import tiny\n"
    ask += "print(bundled.folder('motion'), tiny.folder('i2v'))"
    told = subprocess.run(
        [sys.executable, "-P", "-c", ask],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    motion, weights = map(Path, told.stdout.split())
    package = tmp_path / "site" / "wannb"
    assert (motion, weights) == (package / "datasets" / "orbit", package / "wan" / "tiny_weights")
    for bundle, source in ((package / "datasets", ROOT / "datasets"), (weights, ROOT / "wannb/wan/tiny_weights")):
        assert files(bundle) == files(source)


def files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
