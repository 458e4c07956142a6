"""The Markdown pages that people read: their anchors as GitHub makes them, their links, their code."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Page:
    """One file; `prose` is its text without fenced blocks."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        return FENCE.sub("", self.text)

    @cached_property
    def headings(self) -> list[str]:
        return re.findall(r"^#+ +(.+)$", self.prose, re.M)

    @cached_property
    def anchors(self) -> set[str]:
        """What `#…` may name: headings, a second one of a name counted, and `<a id>`."""
        seen: dict[str, int] = {}
        found = set(re.findall(r'<a id="([^"]+)"', self.prose))
        for heading in self.headings:
            slug = slugged(heading)
            found.add(f"{slug}-{seen[slug]}" if slug in seen else slug)
            seen[slug] = seen.get(slug, 0) + 1
        return found

    @cached_property
    def links(self) -> list[str]:
        """Targets of links and pictures, Markdown and HTML."""
        prose = re.sub(r"`[^`\n]*`", "", self.prose)
        return re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r'(?:src|srcset|href)="([^"]+)"', prose)

    @cached_property
    def inline(self) -> list[str]:
        """What stands between single backticks."""
        return re.findall(r"`([^`\n]+)`", self.prose)

    def blocks(self, *languages: str) -> list[str]:
        return [body for language, body in FENCE.findall(self.text) if language in languages]


def slugged(heading: str) -> str:
    """A heading's anchor as GitHub makes it: marks of Markdown and punctuation go, spaces become hyphens."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


README = Page(ROOT / "README.md")
FAQ, SETTINGS_PAGE, FILES = (Page(ROOT / "docs" / f"{name}.md") for name in ("faq", "settings", "files"))
PAGES = [README, *(Page(path) for path in sorted((ROOT / "docs").glob("*.md")))]
