"""What a job will take, with its clips and this machine looked at: `wannb.estimate`."""

from wannb.data.drawn import Folders, clips_of
from wannb.data.items import folders_of
from wannb.data.model_files import download_bytes, shape_of
from wannb.data.occupied import bytes_in, same_disk
from wannb.job import Job
from wannb.job.card import card_gb
from wannb.job.cost.estimate import Estimate, Surroundings, estimate_of
from wannb.machine import Machine, free_bytes


def estimate(job: Job, folders: Folders | None = None, machine: Machine | None = None) -> Estimate:
    """What `job` will take: memory against the card, time, disk, and the sizes that its clips are trained in.

    folders: of the data sets, as `folders_of(job)` gives them, where they are looked at already; where no clip is
    readable a square of each resolution stands for them. machine: this one where none is given. It downloads nothing,
    decodes no clip twice, and says something of jobs too that preflight refuses.
    """
    machine = machine or Machine.here()
    clips = clips_of(job, folders_of(job) if folders is None else folders)
    where = Surroundings(
        card_gib=card_gb(job, machine),
        gpu=machine.gpu,
        gpu_gib=machine.vram_gb,
        free_bytes=free_bytes(job.run_dir),
        run_bytes=bytes_in(job.run_dir),
        cache_bytes=bytes_in(job.cache_dir) if same_disk(job.cache_dir, job.run_dir) else None,
        download_bytes=download_bytes(job),
    )
    return estimate_of(job, clips, shape_of(job), where)
