"""What the list of findings holds and hears, without a browser."""

import pytest

from wannb.job.cures import Put
from wannb.job.finding import Finding
from wannb.refusal import Refusal
from wannb.ui.findings_list import FindingsList, rows_of


def finding(code: str, severity: str, where: str, message: str = "", cured: bool = False) -> Finding:
    return Finding(code, severity, where, message or f"{code} here.", "Mend it.", Put({}) if cured else None)


SOME = [
    finding("note", "info", "train.lr"),
    finding("slow", "warning", "train.steps", cured=True),
    finding("short", "error", "/data/clips/b.mp4", "b.mp4 is short.", cured=True),
    finding("short", "error", "/data/clips/c.mp4", "c.mp4 is short.", cured=True),
    finding("short", "warning", "/data/clips/d.mp4", "d.mp4 is shortish."),
    finding("broken", "error", "/data/clips/a.mp4"),
]


def test_errors_come_first_and_one_code_is_one_row() -> None:
    rows = rows_of(SOME, {"train.steps": "TRAINING · Steps"})
    assert [row["key"] for row in rows] == ["error/short", "error/broken", "warning/slow", "warning/short", "info/note"]
    short = rows[0]
    assert [item["place"] for item in short["items"]] == ["b.mp4", "c.mp4"]
    assert [item["message"] for item in short["items"]] == ["is short.", "is short."]
    assert short["curable"] == 2 and short["message"] == "b.mp4 is short."
    assert rows[2]["items"][0]["place"] == "TRAINING · Steps" and rows[2]["items"][0]["message"] == ""


def test_no_finding_is_lost_in_folding() -> None:
    many = [finding(f"code{n % 7}", ("error", "warning", "info")[n % 3], f"clip{n % 50}.mp4") for n in range(500)]
    rows = rows_of(many, {})
    assert sum(len(row["items"]) for row in rows) == 500
    for row in rows:
        keys = [item["key"] for item in row["items"]]
        assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("busy", "share"),
    [
        ("", None),
        ("looking at clips", None),
        ("looking at clips, 34 of 200", 0.17),
        ("clips, 0 of 0", 0),
        ("3 of 2", 1),
    ],
)
def test_two_numbers_make_a_bar(busy: str, share: float | None) -> None:
    shown = FindingsList()
    shown.show([], busy=busy)
    assert (shown.busy, shown._share) == (busy, share)


def test_what_is_pressed_reaches_those_who_asked() -> None:
    shown, heard = FindingsList(), []
    shown.show(SOME)
    shown._handle_custom_msg({"do": "fix", "code": "slow", "where": "train.steps"}, [])  # nobody asked: nothing happens
    shown.on_fix(lambda code, where: heard.append((code, where)))
    shown.on_fix_all(lambda: heard.append("all"))
    shown.on_go(lambda where: heard.append(where))
    for message in (
        {"do": "fix", "code": "short", "where": None},
        {"do": "fix all"},
        {"do": "go", "where": "train.lr"},
        {"do": "something else"},
    ):
        shown._handle_custom_msg(message, [])
    assert heard == [("short", None), "all", "train.lr"]


def test_a_refusal_is_shown_until_the_next_press() -> None:
    shown = FindingsList()

    def refuse() -> None:
        raise Refusal("There is no first frame to take.")

    shown.on_fix_all(refuse)
    shown._handle_custom_msg({"do": "fix all"}, [])
    assert shown.said == "There is no first frame to take."
    shown._handle_custom_msg({"do": "go", "where": "x"}, [])
    assert shown.said == ""


def test_it_reads_as_text_too() -> None:
    shown = FindingsList()
    assert repr(shown) == "FindingsList(nothing to mend)"
    shown.show(SOME, {"train.steps": "TRAINING · Steps"})
    text = shown._repr_mimebundle_()[0]["text/plain"].splitlines()
    assert text[0] == "FindingsList(3 errors, 2 warnings, 1 note)"
    assert text[1] == "error: b.mp4 and 1 more: b.mp4 is short. Mend it."
    assert text[3] == "warning: TRAINING · Steps: slow here. Mend it."
