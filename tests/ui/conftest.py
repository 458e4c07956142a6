"""Browser tests are collected where Chromium is; elsewhere the header of the test run says that they are not."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.browser import end_chromium
from tests.ui.clip_sets import clip_set

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
collect_ignore_glob = [] if CHROMIUM else ["test_*_in_browser.py"]


@pytest.fixture(scope="session", autouse=True)
def one_chromium() -> Iterator[None]:
    """All pages are opened in one Chromium, each in a profile of its own: starting one takes a second."""
    yield
    end_chromium()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is seen of clips is remembered for this test alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def small_clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip_set(tmp_path_factory.mktemp("small") / "clips")


@pytest.fixture
def folder(small_clips: Path, tmp_path: Path) -> Path:
    """Small clips with something wrong in most of them."""
    return Path(shutil.copytree(small_clips, tmp_path / "clips"))


def pytest_report_header() -> str:
    return f"browser tests: {CHROMIUM or 'left out, there is no Chromium here (apt install chromium)'}"
