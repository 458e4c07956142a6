"""Clips for the tests of data/."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import numbered


@pytest.fixture(scope="session")
def real_clips(tmp_path_factory) -> Path:
    """The folder of real clips beside the repository; where it is missing, clips made here."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "clips"
    if folder.is_dir():
        return folder
    folder = tmp_path_factory.mktemp("clips")
    numbered.write(folder / "a.mp4", count=60)
    numbered.write(folder / "b.mkv", count=100, rate=30)
    return folder
