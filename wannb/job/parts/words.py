"""Where the tokenizer of a job's model lies, for those who count tokens before a run."""

from pathlib import Path

from wannb.job import Job, base_model
from wannb.job.parts.misfit import Misfit
from wannb.job.parts.parts import of_job, place


def tokenizer_file(job: Job) -> Path | None:
    """The `tokenizer.json` of the job's model where it is on this machine as a file of its own; else None."""
    if not job.model.name_or_path:
        return None
    try:
        lies = place(of_job(job), "tokenizer")
    except Misfit:  # a finding of its own; the tokenizer may be there all the same
        lies = base_model.folder_of(job.model.name_or_path) or ""
    folder = lies if isinstance(lies, Path) else base_model.folder_of(lies) if lies else None
    file = folder / "tokenizer" / "tokenizer.json" if folder else None
    return file if file and file.is_file() else None
