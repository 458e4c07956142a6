"""Image-to-video previews start where the clips start: each lacking first frame comes from the clip of its prompt."""

import numbered
import numpy as np
import pytest
from PIL import Image

from wannb.data.first_frames import give_first_frames
from wannb.data.preflight import check
from wannb.data.video import read_frames
from wannb.job import Job


@pytest.fixture
def clips(tmp_path):
    folder = tmp_path / "clips ü"
    folder.mkdir()
    for i in range(3):
        numbered.write(folder / f"clip_{i}.mp4", count=9, start=0, size=(128, 96), crf=str(4 + 10 * i))
        (folder / f"clip_{i}.txt").write_text(f"caption {i}\n")
    (folder / "README.txt").write_text("What this is")
    return folder


def codes(job):
    return {finding.code for finding in check(job) if finding.severity == "error"} - {"does-not-fit"}


def test_every_sample_gets_the_frame_of_the_clip_that_its_prompt_describes(clips, tmp_path):
    job = Job.recipe("motion", "i2v", data=clips)
    assert [sample.prompt for sample in job.samples] == ["caption 0", "caption 1", "caption 2"]
    assert codes(job) == {"sample-no-control-image"}
    written = give_first_frames(job, tmp_path / "frames")
    assert [sample.image for sample in job.samples] == written and codes(job) == set()
    for i, file in enumerate(written):
        assert np.array_equal(np.asarray(Image.open(file)), read_frames(clips / f"clip_{i}.mp4", [0])[0])


def test_images_that_are_there_are_kept_and_nothing_is_written_over(clips, tmp_path):
    mine = tmp_path / "mine.png"
    Image.new("RGB", (32, 32)).save(mine)
    job = Job.recipe("motion", "i2v", data=clips)
    job.sample.samples[1].ctrl_img = str(mine)
    (first, _), again = (give_first_frames(Job.from_dict(job.to_dict()), tmp_path / "frames") for _ in range(2))
    assert first in again and len(list(tmp_path.glob("frames*"))) == 1
    Image.new("RGB", (8, 8)).save(first)
    assert give_first_frames(job, tmp_path / "frames")[0].parent == tmp_path / "frames_2"
    assert job.samples[1].image == mine
    assert give_first_frames(job, tmp_path / "frames") == []


def test_older_prompts_get_theirs_as_a_flag(clips, tmp_path):
    job = Job.recipe("style", "i2v", data=clips)
    job.sample.samples = []
    job.sample.prompts = ["a cat --w 512", "caption 2"]
    written = give_first_frames(job, tmp_path / "frames")
    assert [(sample.prompt, sample.image) for sample in job.samples] == list(
        zip(["a cat", "caption 2"], written, strict=True)
    )
    assert job.samples[0].width == 512 and written[1].name == "2_clip_2.png"


def test_text_to_video_and_empty_folders_are_left_alone(clips, tmp_path):
    assert give_first_frames(Job.recipe("motion", "t2v", data=clips), tmp_path / "frames") == []
    assert give_first_frames(Job.recipe("motion", "i2v", data=tmp_path / "nowhere"), tmp_path / "frames") == []
    assert not (tmp_path / "frames").exists()
