"""The shell's contract: exit codes, one JSON object alone on stdout, one sentence for a refusal, no traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import wannb
from wannb.cli.parser import VERBS

REFUSED = {
    "new": ["new", "motion", "--data", "{}/nowhere"],
    "check": ["check", "{}/nowhere.yaml"],
    "cache": ["cache", "{}/nowhere.yaml"],
    "train": ["train", "{}/nowhere.yaml"],
    "sample": ["sample", "{}/nowhere"],
    "export": ["export", "{}/nowhere"],
    "share": ["share", "{}/nowhere"],
    "shrink": ["shrink", "{}/nowhere", "--rank", "4"],
    "merge": ["merge", "{}/nowhere", "-o", "{}/merged"],
    "ara": ["ara", "{}/nowhere.yaml"],
}


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_one_sentence_and_1(shell, tmp_path: Path, arguments: list[str]) -> None:
    told = shell(*(argument.format(tmp_path) for argument in arguments))
    assert told.code == 1
    assert told.out == ""
    assert told.err.startswith("wannb: ") and len(told.err.splitlines()) == 1
    assert "nowhere" in told.err and "Traceback" not in told.err


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED)
def test_a_refusal_in_json_is_an_object_too(shell, tmp_path: Path, arguments: list[str]) -> None:
    told = shell(*(argument.format(tmp_path) for argument in arguments), "--json")
    assert told.code == 1
    assert told.json["error"] in told.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["inspect"],
        ["inspect", "x", "--num-frames", "0"],
        ["inspect", "x", "--js"],
        ["new", "painting", "--data", "."],
        ["new", "motion"],
        ["demo", "--task", "v2v"],
        ["export", "x", "--to", "gif"],
        ["shrink", "x"],
        ["merge", "x"],
        ["ara", "x.yaml", "--rank", "0"],
        ["shrink", "x", "--rank", "2", "--keep", "0.9"],
        ["sample", "x", "--high", "-1"],
        ["train"],
    ],
)
def test_wrong_usage_is_2(shell, arguments: list[str]) -> None:
    told = shell(*arguments)
    assert told.code == 2
    assert told.out == "" and "usage: wannb" in told.err


def test_every_promised_verb_is_known() -> None:
    runs = {"train", "launch", "status", "stop", "queue", "sample", "compare", "export", "share", "shrink", "merge"}
    assert set(VERBS) >= {"demo", "new", "inspect", "check", "fit", "cache", *runs}


@pytest.mark.parametrize("verb", VERBS)
def test_help_is_there(shell, verb: str) -> None:
    told = shell(verb, "--help")
    assert told.code == 0
    assert "--json" in told.out


def test_an_unexpected_error_is_a_sentence_too(shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(options):
        raise ZeroDivisionError("seven by\nnought")

    monkeypatch.setattr(VERBS["check"], "run", broken)
    told = shell("check", "job.yaml")
    assert told.code == 1
    assert len(told.err.splitlines()) == 1 and "ZeroDivisionError: seven by nought" in told.err


def test_a_file_in_the_way_is_a_sentence(shell, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    clips = tmp_path / "clips"
    clips.mkdir()
    told = shell("new", "motion", "--data", clips, "-o", tmp_path / "file" / "job.yaml")
    assert told.code == 1
    assert len(told.err.splitlines()) == 1


def test_what_others_print_does_not_reach_stdout(shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def talkative(options):
        print("loading weights")
        return VERBS["inspect"].Answer({"clips": []}, "no clips")

    monkeypatch.setattr(VERBS["inspect"], "run", talkative)
    told = shell("inspect", ".", "--json")
    assert told.json == {"clips": []}
    assert "loading weights" in told.err


def test_module_and_script_are_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wannb", "inspect", tmp_path, "--json"]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["findings"][0]["code"] == "no-clips"
    version = subprocess.run([sys.executable, "-m", "wannb", "--version"], capture_output=True, text=True)
    assert version.stdout == f"wannb {wannb.__version__}\n"


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    line = f"{sys.executable} -m wannb inspect {tmp_path} | true; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", line], capture_output=True, text=True)
    assert "Traceback" not in ended.stderr and "Exception ignored" not in ended.stderr
