"""No recipe is at fault: on good clips preflight has nothing above info to say of any of the 24, save what does not fit
before quantization and offloading are built."""

from itertools import product

import good_sets
import pytest

from wannb.data.first_frames import give_first_frames
from wannb.data.items import folders_of
from wannb.data.preflight import findings_on
from wannb.job import Job
from wannb.job.guides.facts import CARDS, KINDS, TASKS
from wannb.machine import Machine


@pytest.fixture(scope="module", params=[10, 30])
def home(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    good_sets.clips(folder / "clips", request.param, size=(1360, 768), frames=81)
    return folder


@pytest.mark.parametrize(("kind", "task", "card"), list(product(KINDS, TASKS, CARDS)))
def test_a_recipe_on_good_clips_has_nothing_to_mend(home, tmp_path, kind, task, card):
    job = Job.recipe(kind, task, card, data=home / "clips")
    job.training_folder = str(tmp_path / "runs")
    give_first_frames(job, tmp_path / "frames")
    folders = folders_of(job)
    for machine in (Machine("a card", float(card), 256.0), Machine(None, None, 16.0), None):
        said = [one for one in findings_on(job, folders, machine) if one.severity != "info"]
        assert {one.code for one in said} <= {"does-not-fit"}
        assert all(one.severity == "warning" and one.cure for one in said)  # the guides' largest side, as reckoned
