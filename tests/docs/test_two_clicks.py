"""Who knows only the guides finds every setting, recipe and trouble of theirs in two clicks from the README."""

import itertools

import pytest

from tests.docs.markdown import FAQ, README, ROOT, SETTINGS_PAGE, Page
from tests.docs.test_findings_in_faq import TROUBLES
from tests.job.guide_tables import CHOICES, FRAMES, KINDS, NAMED
from tools import recipes_table
from wannb.job import Job
from wannb.job.recipes import shown
from wannb.ui.studio.form import BY_KEY, in_tier

RECIPES = Page(ROOT / "docs" / "recipes.md")
# guide.md, sections 1, 3 and 5, in its words and figures; the boundaries are Wan's own.
FACTS = (
    "1000 to 875 for text-to-video", "1000 to 900 for image-to-video", "81 frames at 16 fps, 5 s", "4n+1",
    "multiples of 16", "480×832", "1024×1024", "Real video", "taken evenly over all of it", "trim", "crop",
    "`.txt` of the clip's name", "`[trigger]`", "Sets can be mixed", "nearest [size]", "9 or 21 frames",
    "33-41 frames at 512 px", "33-41 frames at 768-1024 px", "81 frames at 1024 px", "42-66 s a step", "12-18 h",
)  # fmt: skip
AFTER = ("04_choose.ipynb", "05_use.ipynb")  # section 7: playground, ComfyUI


def test_the_first_click_is_in_the_readme() -> None:
    assert {"docs/settings.md", "docs/recipes.md", "docs/faq.md"} <= set(README.links)


@pytest.mark.parametrize(("panel", "label", "key"), [row[:3] for row in NAMED], ids=[row[2] for row in NAMED])
def test_a_setting_is_linked_at_the_top_of_the_page_by_its_label(panel: str, label: str, key: str) -> None:
    (line,) = [one for one in SETTINGS_PAGE.text.splitlines() if one.startswith(f"- [**{panel}**](#{panel.lower()})")]
    anchor = key.replace("[]", "")
    assert f"[{label}](#{anchor})" in line
    (row,) = [one for one in SETTINGS_PAGE.text.splitlines() if one.startswith(f"| `{key}` |")]
    assert f'<a id="{anchor}"></a>{label} |' in row
    before = SETTINGS_PAGE.text.split(row)[0]
    assert before.count("<details>") == before.count("</details>"), "nothing that the guides name is folded away"


def test_the_studio_shows_every_setting_of_the_guides_after_one_click() -> None:
    assert [label for _, label, key, _ in NAMED if not in_tier(BY_KEY[key], "More")] == []


@pytest.mark.parametrize("key", CHOICES)
def test_choices_stand_in_the_row_as_the_guides_call_them(key: str) -> None:
    (row,) = [one for one in SETTINGS_PAGE.text.splitlines() if one.startswith(f"| `{key}` |")]
    assert {choice for choice in CHOICES[key] if choice not in row and not choice.isdigit()} == set()


def test_the_page_of_recipes_is_the_generated_one() -> None:
    assert RECIPES.text == recipes_table.page(), "run make settings"


@pytest.mark.parametrize(("kind", "task", "card"), list(itertools.product(KINDS, FRAMES, FRAMES["t2v"])))
def test_a_recipe_stands_there_with_its_own_values(kind: str, task: str, card: int) -> None:
    """Read off the page as a person would: the row of the kind or task, the column of the card."""
    job = Job.recipe(kind, task, card)
    for key, title in (("train.steps", "## By kind of LoRA"), ("train.timestep_type", "## By kind of LoRA")):
        assert _cell(title, key, (), kind) == shown(key, job.get(key))
    assert _cell("## By card", "datasets[].num_frames", (recipes_table.SPELLED[task], ""), f"{card} GB") == shown(
        "datasets[].num_frames", job.get("datasets[0].num_frames")
    )
    assert _cell("## By card", "network.linear", (kind,), f"{card} GB") == str(job.network.linear)


@pytest.mark.parametrize("fact", FACTS)
def test_what_the_guides_say_of_model_clips_cards_and_hours_stands_beside_the_recipes(fact: str) -> None:
    assert fact in " ".join(RECIPES.text.replace("**", "").split())


@pytest.mark.parametrize("place", AFTER)
def test_what_comes_after_training_is_one_click_from_the_readme_and_from_the_recipes(place: str) -> None:
    assert f"notebooks/{place}" in README.links and f"../notebooks/{place}" in RECIPES.links


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_trouble_is_linked_at_the_top_of_the_faq(trouble: str) -> None:
    anchor = TROUBLES[trouble][0]
    assert f"](#{anchor})" in FAQ.text.split("\n## ")[0] and anchor in FAQ.anchors


def _cell(title: str, key: str, who: tuple[str, ...], column: str) -> str:
    """The value in the table under `title`; `who`: words that the row's second cell has one of."""
    table = RECIPES.text.split(f"{title}\n")[1].split("\n## ")[0].strip().splitlines()
    head, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table if line.startswith("|")]
    place = f"settings.md#{key.replace('[]', '')})"
    found = [row for row in rows if place in row[0] and (not who or not row[1] or set(row[1].split(", ")) & set(who))]
    (row,) = found
    return row[head.index(column)]
