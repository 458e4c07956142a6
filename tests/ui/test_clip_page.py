"""The report as a page: everything is in it, and nothing that a file says becomes markup."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
import numbered

from wannb.data.inspected import inspected
from wannb.ui.clip_page import clip_page

EVIL = '<script>alert("1")</script><img src=x onerror=alert(2)>'


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attributes) -> None:
        self.found.append((tag, dict(attributes)))


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("clips") / "<b>set"
    folder.mkdir()
    numbered.write(folder / "good.mp4", count=40)
    (folder / "good.txt").write_text(EVIL)
    numbered.write(folder / "<i>odd.mkv", count=20)
    Image.new("RGB", (64, 48), "teal").save(folder / "still.png")
    (folder / "empty.mp4").touch()
    return clip_page(inspected(folder, "motion", num_frames=17, resolutions=[64, 96], caption_dropout=0.05))


def test_every_clip_and_every_finding_is_on_it(page: str) -> None:
    for word in ("good.mp4", "&lt;i&gt;odd.mkv", "still.png", "empty.mp4", "no-caption", "few-clips", "left out"):
        assert word in page
    assert "no caption in 5% of draws" in page and "of 512 tokens" in page and "1.3 times as fast" not in page
    assert len([1 for tag, has in read(page) if tag == "img" and has["src"].startswith("data:image/jpeg")]) == 3


def test_words_of_files_stay_words(page: str) -> None:
    tags = {tag for tag, _ in read(page)}
    assert not tags & {"script", "b>set", "i", "iframe", "link"}
    assert not [has for _, has in read(page) if any(name.startswith("on") for name in has)]
    assert "&lt;script&gt;" in page


def test_nothing_is_fetched(page: str) -> None:
    assert all(has["src"].startswith("data:") for _, has in read(page) if "src" in has)
    assert not [has for _, has in read(page) if "href" in has] and not re.search(r"url\(|@import|https?://", page)


def test_a_folder_without_clips_has_a_page_too(tmp_path: Path) -> None:
    assert "no-clips" in clip_page(inspected(tmp_path))


def read(page: str) -> list[tuple[str, dict]]:
    tags = Tags()
    tags.feed(page)
    return tags.found
