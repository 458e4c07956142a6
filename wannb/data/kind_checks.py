"""What the clips say against the kind of LoRA that a job names: how many they are, and how often each is drawn."""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from wannb.data.clips import Clip, ClipFolder
from wannb.data.kind_captions import of_captions
from wannb.job import Finding, Job
from wannb.job.cures import Put
from wannb.job.guides.facts import CLIPS
from wannb.job.rules.kind import A_KIND
from wannb.job.triggers import made_up, triggers
from wannb.words import say

Findings = Iterator[Finding]
Folders = list[ClipFolder | None]
SEEN = (35, 300)
"""How often a clip is drawn in a run: the guides' steps over their clips, 1500 over 40 to 3000 over 10."""
ROUND = 50


def kind_checks(job: Job, folders: Folders) -> Findings:
    """Nothing is said of a job that names no kind, or whose clips are all unusable (which is said elsewhere)."""
    clips = learned(job, folders)
    if job.wannb.kind in A_KIND and clips:
        yield from of_count(job.wannb.kind, _where(job, folders), len(clips))
        yield from _draws(job, folders, len(clips))
        if not job.train.unload_text_encoder:
            yield from _captions(job, folders, clips)


def learned(job: Job, folders: Folders) -> list[Clip]:
    """The usable clips of the sets that are learned from, each file, and each piece of it, once."""
    sets = [folder for i, folder in enumerate(folders) if folder and _is_learned(job, i)]
    return list({(clip.path, clip.piece): clip for folder in sets for clip in folder.clips}.values())


def _is_learned(job: Job, number: int) -> bool:
    return not job.datasets[number].is_reg and job.datasets[number].network_weight > 0


def captions_of(clips: list[Clip]) -> list[tuple[str, str]]:
    """(name, final caption) of the clips that have a caption, be it the default one."""
    return [(clip.name, clip.caption) for clip in clips if clip.written and clip.written.source != "none"]


def _where(job: Job, folders: Folders) -> str:
    """The folder of the first set that is learned from."""
    first = next(i for i, folder in enumerate(folders) if folder and folder.clips and _is_learned(job, i))
    return f"datasets[{first}].folder_path"


def of_count(kind: str, where: str, count: int) -> Findings:
    """On how many clips there are to learn a `kind` from."""
    least, most = CLIPS[kind]
    of_kind = {"least": least, "most": most, "kind": A_KIND[kind]}
    several = say("{count} clips to learn from, and the guides take {least}-{most} for {kind}.", count=count, **of_kind)
    if count < least:
        one = say("1 clip to learn from, and the guides take {least}-{most} for {kind}.", **of_kind)
        message = one if count == 1 else several
        fix = say("With few it works only on scenes like them: add clips that have it in common and nothing else.")
        yield Finding("few-clips", "warning", where, message, fix)
    elif count > most:
        message = several
        fix = say("The best of them teach it as well, in fewer steps.")
        yield Finding("many-clips", "info", where, message, fix)


def _draws(job: Job, folders: Folders, count: int) -> Findings:
    """How often each clip is seen; regularization clips take every second draw."""
    regular = any(folder and folder.clips and job.datasets[i].is_reg for i, folder in enumerate(folders))
    a_step = job.train.batch_size * job.train.gradient_accumulation / (2 if regular else 1)
    each, (least, most) = job.train.steps * a_step / count, SEEN
    if least <= each <= most:
        return
    few = each < least
    steps = ceil(least * count / a_step / ROUND) * ROUND if few else int(most * count / a_step) // ROUND * ROUND
    times = f"{each:.0f}" if each >= 10 else f"{each:.2g}"
    message = say(
        "{steps} steps draw each of {count} clips {times} times; {least}-{most} times is usual.",
        steps=job.train.steps,
        count=count,
        times=times,
        least=least,
        most=most,
    )
    if few:
        fix = say("Take {steps} steps.", steps=steps)
    elif steps:
        fix = say("Take {steps} steps, or add clips: what is seen too often is learned by heart.", steps=steps)
    else:
        fix = say("Lower the batch, or add clips: what is seen too often is learned by heart.")
    cure = Put({"train.steps": steps}) if steps else None
    code = "few-steps-per-clip" if few else "many-steps-per-clip"
    yield Finding(code, "warning", "train.steps", message, fix, cure)


def _captions(job: Job, folders: Folders, clips: list[Clip]) -> Findings:
    """What their words lack for the kind; a Trigger Word that is missing can be made up."""
    trigger = min(triggers(job), default="")
    for finding in of_captions(job.wannb.kind, _where(job, folders), captions_of(clips), trigger):
        absent = finding.code == "trigger-absent"
        cure = Put({"trigger_word": made_up(job)})
        yield replace(finding, where="trigger_word", cure=cure) if absent else finding
