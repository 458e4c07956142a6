"""What a smaller rank does to a clip: the first sample by the base, by the LoRAs as they were, by the new ones."""

from pathlib import Path

from wannb.data import video_file
from wannb.export.pair import job_of
from wannb.export.shrink import ShrunkFile
from wannb.refusal import Refusal
from wannb.runs.clips.making import Maker
from wannb.runs.clips.wish import Wish
from wannb.wan.adapters import lora_file


def clips(run: str | Path, files: list[ShrunkFile]) -> tuple[str, dict[str, Path]]:
    """(the prompt, `base` | `full` | `shrunk` -> its mp4 beside the new files), one model load for the three.

    Raises Refusal where the job has no sample.
    """
    job = job_of(Path(run))
    if not job.samples:
        raise Refusal(f"The job {job.name} has no sample to make clips of: leave out --clips.")
    sample, maker, made = job.samples[0], Maker(job), {}
    experts = {file: lora_file.tensors_and_header(file.source)[1].get("wannb.expert", "high") for file in files}
    nothing: dict[str, Path | None] = {"high": None, "low": None}
    for name, chosen in (
        ("full", {experts[file]: file.source for file in files}),
        ("shrunk", {experts[file]: file.target for file in files}),
        ("base", {}),
    ):
        wish = Wish.of(sample, int("high" in chosen), int("low" in chosen))  # any step: the files are given
        made[name] = files[0].target.parent / f"{job.name}_{name}.mp4"
        frames = maker.frames(wish, nothing | chosen)
        video_file.write_mp4(made[name], frames, sample.fps, {"prompt": sample.prompt, "lora": name})
    return sample.prompt, made
