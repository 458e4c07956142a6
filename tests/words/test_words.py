"""Every sentence of findings, panels and advice is there in every language, and says the same values."""

import ast
import copy
import json
import re
from pathlib import Path

import pytest

import wannb
from tools.words import FIELD, OTHERS, SOURCE, keys, missing, translations, wrong
from wannb.cli.main import main
from wannb.data.facts_sent import from_dict, to_dict
from wannb.data.unusable import Unusable
from wannb.job import Job
from wannb.job.finding import Finding
from wannb.refusal import Refusal
from wannb.words import LANGUAGES, join, language, say, tell
from wannb.words.languages import VARIABLE


@pytest.fixture(autouse=True)
def english_again():
    language("en")
    yield
    language("en")


@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_is_translated_and_none_is_left_over(code):
    there = translations(code)
    assert missing(code) == [] and list(there) == keys(), f"python -m tools.words {code}"


@pytest.mark.parametrize("code", OTHERS)
def test_translations_keep_placeholders_labels_codes_and_numbers(code):
    assert {key: why for key, other in translations(code).items() if (why := wrong(key, other))} == {}


def test_the_checks_find_what_they_are_for():
    assert wrong("{count} frames", "frames") and wrong("{rate:.0%} of it", "{rate} davon") and wrong("a word", " ")
    assert wrong("Set ctrl_img to an image.", "Mettez une image.") and wrong("Take 16.", "Prenez 32.")
    assert wrong("The Trigger Word is short.", "Le mot est court.") and wrong(" or ", "ou")
    assert not wrong("Take 16 for {kind}: see Num Frames.", "Num Frames : 16 pour {kind}.")


def test_the_keys_are_what_the_source_says():
    assert len(keys()) == len(set(keys())) > 900
    assert {
        "The job has no data set.",
        "There is no folder {folder!r}.",
        "Ready to start",
        "Strength of both LoRAs.",
    } < set(keys())
    assert any("0.00005" in one for one in keys())  # advice


def test_every_finding_is_made_of_sentences_that_can_be_said():
    """What is given to a Finding is no plain English text, which no translation would reach."""
    plain = []
    for path in (*(SOURCE / "job").rglob("*.py"), *(SOURCE / "data").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            for one in node.args[{"Finding": 3, "_found": 3, "Unusable": 1}.get(named, 99) :] if named else ():
                if isinstance(one, ast.JoinedStr) or isinstance(one, ast.Constant) and one.value:
                    plain.append(f"{path.name}: {ast.unparse(one)}")
    assert plain == []


def test_english_is_what_was_said_and_the_rest_is_looked_up():
    said = say("There is no folder {folder!r}.", folder=Path("/clips"))
    assert said == "There is no folder '/clips'." and tell(said) == said
    assert said.in_language("fr") == "Il n'y a pas de dossier '/clips'." == tell(said, "fr")
    assert language("fr") == "fr" and tell(said) == tell(said, "fr") and tell("steps") == "étapes"
    assert tell("/clips/steps.mp4") == "/clips/steps.mp4" and tell(Refusal(said)) == tell(said)


def test_phrases_inside_a_sentence_are_said_in_its_language():
    kind = say("A rank of {rank} holds too little of {kind}: the guides take 16 to 32.", rank=4, kind=say("a style"))
    assert "un style" in kind.in_language("fr") and "a style" in kind
    listed = join(say(" or "), ["a motion", say("a motion")])
    assert listed == "a motion or a motion" and listed.in_language("fr") == "a motion ou un mouvement"
    braces = say("{label} is a mapping: write it as {{name: value, …}}.", label="X")
    assert "{name: value, …}" in braces and "{name: value, …}" in braces.in_language("fr")


def test_sentences_travel():
    said = say("{name} is empty", name="a.mp4")
    again = copy.deepcopy(said)  # made anew from what another process is sent
    assert (again, again.in_language("fr")) == (said, said.in_language("fr"))
    refused = from_dict(json.loads(json.dumps(to_dict(Unusable("empty", said, say("Copy it again or remove it."))))))
    assert str(refused) == "a.mp4 is empty: copy it again or remove it."
    assert refused.message.in_language("fr") == "a.mp4 est vide" and tell(refused.fix, "fr").startswith("Copiez-le")


def test_a_finding_is_shown_in_the_chosen_language_and_written_in_english():
    found = Finding("no-dataset", "error", "datasets", say("The job has no data set."), say("Add a folder of clips."))
    english = found.to_dict()
    language("fr")
    assert str(found) == "error: datasets: Le job n'a pas de dataset. Ajoutez un dossier de clips."
    assert found.to_dict() == english and found.message == "The job has no data set."
    assert found.in_language("en") == found != found.in_language("fr")


def test_another_language_is_refused_and_those_that_are_there_named(monkeypatch):
    with pytest.raises(Refusal, match=r"'de'.*en \(English\), fr .*, pt .*, zh .*, ja .*, ru "):
        wannb.language("de")
    assert [wannb.language(one) for one in ("fr_FR.UTF-8", "PT", "zh-Hans", "ja")] == ["fr", "pt", "zh", "ja"]
    monkeypatch.setenv(VARIABLE, "ru")
    monkeypatch.setattr("wannb.words.languages._chosen", [])
    assert wannb.language() == "ru" and len(LANGUAGES) == 6


def test_the_shell_says_findings_in_the_language_asked_for_and_json_stays_english(tmp_path, capsys):
    job = Job.recipe("motion", vram_gb=24)
    job.save(tmp_path / "job.yaml")
    path = str(tmp_path / "job.yaml")
    assert main(["check", path, "--language", "fr"]) == 1
    french = capsys.readouterr().out
    worst = wannb.check(job)[0]
    assert worst.in_language("fr").message in french and worst.message not in french
    assert main(["check", path, "--language", "fr", "--json"]) == 1
    assert worst.message in capsys.readouterr().out
    assert main(["check", path, "--language", "tlh"]) == 1 and "fr (Français)" in capsys.readouterr().err


@pytest.mark.parametrize("code", OTHERS)
def test_real_findings_are_said_in_every_language(code, every_finding):
    """Of all planted faults: nothing of the English sentence is left but labels, names and numbers."""
    assert len(every_finding) > 150
    for found in every_finding:
        for text in filter(None, (found.message, found.fix)):
            told = tell(text, code)
            assert told and not FIELD.search(re.sub(r"\{name: value.*?\}", "", told)), (found.code, told)
    told = [tell(one.message, code) != one.message for one in every_finding]
    assert sum(told) >= 0.97 * len(told), [
        one.message for one, there in zip(every_finding, told, strict=True) if not there
    ]
