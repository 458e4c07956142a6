"""The Studio without a browser: what is typed reaches the job, what the job becomes is shown, and nothing gets lost."""

import time
from pathlib import Path

import pytest

import wannb
from wannb.bundled import folder
from wannb.job import Job
from wannb.job.settings import SETTINGS
from wannb.refusal import Refusal
from wannb.ui.studio import form
from wannb.ui.studio.rows import Row
from wannb.ui.studio.studio import Studio


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.chdir(tmp_path)
    return Studio("motion", task="i2v", vram_gb=24, data=folder("motion")).wait(60)


def row(studio: Studio, key: str) -> Row:
    return next(one for one in studio._rows() if one.key == key)


def type_into(studio: Studio, key: str, value: object) -> None:
    row(studio, key).entry.widget.value = value


def press(studio: Studio, name: str) -> None:
    getattr(studio._head, name).click()


def test_a_recipe_is_a_complete_job(studio: Studio) -> None:
    assert all(Path(sample.image).is_file() for sample in studio.job.samples)
    above = {finding.code for finding in studio.findings if finding.severity != "info"}
    assert "sample-no-control-image" not in above
    assert [finding.code for finding in studio.findings] == [finding.code for finding in wannb.check(studio.job)]


def test_every_setting_that_can_be_chosen_has_a_row_and_shows_its_value(studio: Studio) -> None:
    studio._head.tier.value = "All"
    rows = {form.general(one.key): one for one in studio._rows()}
    assert {one.key for one in SETTINGS if form.has_choice(one) and one.of is None} <= rows.keys()
    for one in studio._rows():
        assert one.entry.read() == studio.job.get(one.key), one.key


def test_what_is_typed_reaches_the_job_and_its_text(studio: Studio) -> None:
    studio._head.switches[2].value = True  # YAML
    type_into(studio, "train.steps", 1750)
    type_into(studio, "trigger_word", "zorb")
    type_into(studio, "model.low_vram", False)
    assert (studio.job.train.steps, studio.job.trigger_word, studio.job.model.low_vram) == (1750, "zorb", False)
    assert "steps: 1750" in studio._yaml.text.value
    studio._yaml.text.value = studio._yaml.text.value.replace("steps: 1750", "steps: 1600")
    assert studio.job.train.steps == 1600 == row(studio, "train.steps").entry.widget.value


def test_a_value_that_cannot_be_is_said_beside_the_field_and_changes_nothing(studio: Studio) -> None:
    type_into(studio, "train.steps", 0)
    assert studio.job.train.steps == 2000 and "at least 1" in row(studio, "train.steps").note.value
    type_into(studio, "train.steps", 1900)
    assert studio.job.train.steps == 1900 and "greater" not in row(studio, "train.steps").note.value
    studio._head.switches[2].value = True
    text = studio._yaml.text.value
    studio._yaml.text.value = text.replace("steps: 1900", "steps: [")
    assert studio.job.train.steps == 1900 and "wannb-wrong" in studio._yaml.said.value


def test_what_another_cell_does_to_the_job_is_shown(studio: Studio) -> None:
    studio.job.train.lr = 5e-5
    studio.job.datasets[0].resolution = [512]
    studio.refresh()
    assert row(studio, "train.lr").entry.widget.value == 5e-5
    assert row(studio, "datasets[0].resolution").entry.read() == [512]


def test_everything_can_be_undone_and_done_again(studio: Studio) -> None:
    first = studio.job.to_dict()
    type_into(studio, "train.steps", 1500)
    type_into(studio, "network.linear", 32)
    second = studio.job.to_dict()
    press(studio, "undo"), press(studio, "undo")
    assert studio.job.to_dict() == first and studio._head.undo.disabled
    press(studio, "redo"), press(studio, "redo")
    assert studio.job.to_dict() == second and studio._head.redo.disabled
    assert row(studio, "train.steps").entry.widget.value == 1500


def test_what_differs_from_the_recipe_is_marked_and_goes_back(studio: Studio) -> None:
    steps = row(studio, "train.steps")
    assert "wannb-changed" not in steps.box._dom_classes
    type_into(studio, "train.steps", 1500)
    assert "wannb-changed" in steps.box._dom_classes
    steps.box.children[-1].click()
    assert studio.job.train.steps == 2000 and "wannb-changed" not in steps.box._dom_classes
    type_into(studio, "train.steps", 1500), type_into(studio, "train.lr", 2e-4)
    press(studio, "recipe")
    assert (studio.job.train.steps, studio.job.train.lr) == (2000, 1e-4)


def test_a_finding_is_mended_where_it_stands(studio: Studio) -> None:
    type_into(studio, "datasets[0].num_frames", 40)
    found = next(one for one in studio.findings if one.code == "not-4n1" and one.where.startswith("datasets"))
    assert studio._head.start.disabled and "wannb-error" in row(studio, found.where).box._dom_classes
    studio._fix(found.code, found.where)
    assert studio.job.datasets[0].num_frames in (37, 41)
    assert "not-4n1" not in {one.code for one in studio.findings if one.where.startswith("datasets")}
    press(studio, "undo")
    assert studio.job.datasets[0].num_frames == 40


def test_one_is_sent_to_a_row_that_the_tier_does_not_show(studio: Studio) -> None:
    keys = [one.key for one in studio._rows()]
    assert "wannb.high_noise_share" not in keys
    studio._go("wannb.high_noise_share")
    assert "wannb-here" in row(studio, "wannb.high_noise_share").box._dom_classes


def test_every_finding_leads_to_a_row(studio: Studio) -> None:
    studio.job.sample.samples = []
    studio.job.datasets[0].num_frames = 40
    studio.refresh()
    places = {one.where for one in studio.findings}
    assert {"orbit_00.mp4", "datasets[0].num_frames"} < places
    for where in (*places, "sample.samples"):
        studio._go(where)
        assert [one.key for one in studio._rows() if "wannb-here" in one.box._dom_classes], where


def test_data_sets_and_previews_are_added_doubled_and_removed(studio: Studio) -> None:
    count = len(studio.job.sample.samples)
    studio._samples.add.click()
    assert len(studio.job.sample.samples) == count + 1 and row(studio, f"sample.samples[{count}].prompt")
    type_into(studio, f"sample.samples[{count}].prompt", "a cat orbits")
    assert studio.job.sample.samples[count].prompt == "a cat orbits"
    studio._sets.add.click()
    assert len(studio.job.datasets) == 2 and studio.job.datasets[1].folder_path is None
    press(studio, "undo")
    assert len(studio.job.datasets) == 1 and not [one for one in studio._rows() if one.key.startswith("datasets[1]")]


def test_the_other_architecture_brings_its_own_base(studio: Studio) -> None:
    type_into(studio, "model.arch", "wan22_14b")
    assert "T2V" in studio.job.model.name_or_path and studio.job.task == "t2v"


def test_a_long_look_at_clips_does_not_hold_up_the_panels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import wannb.ui.studio.scan as scan

    known = scan.probe
    monkeypatch.setattr(scan, "probe", lambda path: (time.sleep(0.05), known(path))[1])
    job = Job.recipe("motion", task="t2v", vram_gb=24, data=folder("motion"))
    studio = Studio(job)
    assert "looking at clips" in studio._seen.busy and studio._head.start.disabled and studio._pulse.every > 0
    studio.wait(60)
    assert studio._seen.busy == "" and studio._pulse.every == 0 and studio.estimate.clips == 30


def test_what_is_no_job_is_refused(tmp_path: Path) -> None:
    for wrong in ("morphing", tmp_path / "nowhere.yaml", 7):
        with pytest.raises(Refusal):
            Studio(wrong)
    with pytest.raises(Refusal, match="belong to a recipe"):
        Studio(Job.recipe("motion", data=tmp_path), task="t2v")


def test_the_job_file_is_written_from_the_panel(studio: Studio, tmp_path: Path) -> None:
    studio._yaml.path.value = str(tmp_path / "mine.yaml")
    studio._yaml._save.click()
    assert Job.load(tmp_path / "mine.yaml").to_dict() == studio.job.to_dict()


def test_help_advice_and_findings_come_in_the_language_that_is_chosen(studio: Studio) -> None:
    before = row(studio, "train.steps").note.value, studio._head.said.value
    studio._head.language.value = "fr"
    try:
        note = row(studio, "train.steps").note.value
        assert "étapes" in note and "Étapes d&#x27;optimisation" in note and "1500-2500 pour un mouvement" in note
        assert "démarrer" in studio._head.said.value or "Prêt" in studio._head.said.value
        assert row(studio, "train.steps").entry.widget.description == "Steps"  # as in the guides
        type_into(studio, "train.lr", 0.01)
        assert any("des guides : il dépasse le but." in one["message"] for one in studio._list.findings)
        assert any("guides'" in one.message for one in studio.findings)  # the findings themselves stay English
        press(studio, "undo")
        wannb.language("ja")
        studio.refresh()
        assert studio._head.language.value == "ja" and "ステップ" in row(studio, "train.steps").note.value
    finally:
        studio._head.language.value = "en"
    assert (row(studio, "train.steps").note.value, studio._head.said.value) == before
