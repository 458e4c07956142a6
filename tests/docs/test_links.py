"""Every link of README and docs leads to a file, and to an anchor that is there."""

import pytest

from tests.docs.markdown import PAGES, ROOT, Page, slugged

each = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def leads_nowhere(page: Page, link: str) -> bool:
    """Whether `link`, relative to `page`, names a file or an anchor that is not there."""
    file, _, anchor = link.partition("#")
    target = (page.path.parent / file).resolve() if file else page.path
    if not target.exists() or not target.is_relative_to(ROOT):
        return True
    return bool(anchor) and (target.suffix != ".md" or anchor not in Page(target).anchors)


@each
def test_links_lead_somewhere(page: Page) -> None:
    inside = [link for link in page.links if not link.startswith(("http://", "https://", "mailto:"))]
    assert [link for link in inside if leads_nowhere(page, link)] == []


@each
def test_links_outside_are_https(page: Page) -> None:
    assert [link for link in page.links if link.startswith("http://")] == []


def test_no_picture_is_heavy_and_none_lies_unused() -> None:
    shown = {(page.path.parent / link.partition("#")[0]).resolve() for page in PAGES for link in page.links}
    pictures = [path for path in (ROOT / "docs").iterdir() if path.suffix in (".png", ".webp", ".gif", ".jpg")]
    assert [path.name for path in pictures if path not in shown] == []
    assert {path.name: path.stat().st_size for path in pictures if path.stat().st_size > 400_000} == {}


def test_slugs_are_githubs() -> None:
    """By hand from github.com: headings and what their links end in."""
    assert slugged("The size of tensor a (36) must match") == "the-size-of-tensor-a-36-must-match"
    assert slugged("`wannb.check`: what fails") == "wannbcheck-what-fails"
    assert slugged("ComfyUI, diffusers, the hub") == "comfyui-diffusers-the-hub"
