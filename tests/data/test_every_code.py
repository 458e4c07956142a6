"""Every code that the data checks can give is planted in the set of faults, or in a job here, and found just there."""

import ast
import os
import shutil
import sys
from pathlib import Path

import good_sets
import pytest

from tools.faulty.asked import ASKED, HERE, Asked
from tools.faulty.planted import PLANTED
from tools.faulty.sets import lay_links
from wannb import bundled
from wannb.data.inspected import inspected
from wannb.data.mask_folder import MaskFolder
from wannb.data.preflight import check

SOURCE = Path(bundled.__file__).parent / "data"
PLACE = {"Finding": 0, "Unusable": 0, "_found": 0, "_standing": 2}
"""The calls that make findings, and which of their arguments is the code."""


def codes_of_source() -> set[str]:
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PLACE:
                found |= _strings(node.args[PLACE[node.func.id]]) if len(node.args) > PLACE[node.func.id] else set()
            elif isinstance(node, ast.Assign) and [getattr(one, "id", "") for one in node.targets] == ["code"]:
                found |= _strings(node.value)
    return found


def _strings(node: ast.expr) -> set[str]:
    """The literals that an expression may be; those of a call or an attribute are made elsewhere."""
    if isinstance(node, ast.IfExp):
        return _strings(node.body) | _strings(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) else set()


def _few(job, home):
    job.train.steps = 20


def _many(job, home):
    job.train.steps = 100_000


def _no_set(job, home):
    job.datasets = []


def _never(job, home):
    job.datasets.append(job.datasets[0].model_copy(update={"network_weight": 0.0}))


def _nothing(job, home):
    job.datasets[0].network_weight = 0.0


def _only_reg(job, home):
    job.datasets[0].is_reg = True


def _reg_trigger(job, home):
    job.trigger_word = "orbit"
    job.datasets.append(job.datasets[0].model_copy(update={"is_reg": True}))


def _stills(job, home):
    (home / "stills").mkdir()
    good_sets.picture(home / "stills" / "a.png", 128, 96)
    job.datasets.append(job.datasets[0].model_copy(update={"folder_path": str(home / "stills")}))


def _tall(job, home):
    _first_frame(job, good_sets.picture(home / "tall.png", 64, 256))


def _torn(job, home):
    (home / "torn.png").write_bytes(b"no picture")
    _first_frame(job, str(home / "torn.png"))


def _first_frame(job, image: str) -> None:
    job.sample.samples[0].ctrl_img = image


JOBS = {
    "few-steps-per-clip": _few,
    "many-steps-per-clip": _many,
    "never-drawn": _never,
    "nothing-drawn": _nothing,
    "only-regularization": _only_reg,
    "reg-has-trigger": _reg_trigger,
    "one-frame-i2v": _stills,
    "control-image-aspect": _tall,
    "control-image-unreadable": _torn,
}
ODD = "odd-name"
"""Names that not every system can hold are made here."""


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    home = tmp_path_factory.mktemp("good")
    good_sets.clips(home / "clips")
    return home


def test_every_code_is_planted_somewhere():
    asked = {code for one in ASKED for codes in one.codes.values() for code in codes}
    assert codes_of_source() == {code for _, code, *_ in PLANTED} | {"set-aside", ODD} | asked | set(JOBS)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The bundled sets, with links."""
    copy = Path(shutil.copytree(bundled.faulty(), tmp_path_factory.mktemp("sets") / "faulty"))
    lay_links(copy)
    return copy


def found_by(one: Asked, home: Path) -> dict[str, dict[str, str]]:
    """What the report says, by file or setting or `HERE`: code: severity."""
    masks = {"masks": MaskFolder(home / one.masks)} if one.masks else {}
    said: dict[str, dict[str, str]] = {}
    for finding in inspected(home / one.folder, one.kind, **{"resolutions": [64], **one.settings, **masks}).findings:
        where = os.path.relpath(finding.where, home) if finding.where.startswith(str(home)) else finding.where
        said.setdefault(HERE if where == one.folder else where, {})[finding.code] = finding.severity
    return said


@pytest.mark.parametrize("one", ASKED, ids=lambda one: f"{one.folder} {one.flags}")
def test_a_small_set_has_what_is_planted_and_nothing_else(one, home):
    said = found_by(one, home)
    for where, codes in one.codes.items():
        assert codes <= set(said.get(where, {})), said
    planted = {code for codes in one.codes.values() for code in codes}
    for where, codes in said.items():
        assert not (set(codes) & planted) - one.codes.get(where, set()), (where, said)
        assert not {code for code, severity in codes.items() if severity != "info"} - planted - one.besides, said


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="no such names there")
def test_a_name_that_is_not_utf8(tmp_path):
    good_sets.clips(tmp_path / "clips", 2)
    odd = os.fsencode(tmp_path / "clips") + b"/caf\xe9.mp4"
    os.link(tmp_path / "clips" / "clip_00.mp4", odd)
    said = inspected(tmp_path / "clips", num_frames=17, resolutions=[96]).findings
    assert [one.where for one in said if one.code == ODD] == ["caf?.mp4"]


@pytest.mark.parametrize("code", JOBS)
def test_a_job_on_good_clips_has_a_code_once_it_is_planted(clips, tmp_path, code):
    job = good_sets.job(clips)
    assert code not in {one.code for one in check(job)}
    JOBS[code](job, tmp_path)
    assert code in {one.code for one in check(job)}
