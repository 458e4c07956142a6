"""What compiling needs is asked for before anything heavy, and what was compiled lasts."""

import os

import pytest
import torch

from tests.train import small_job
from wannb import machine
from wannb.job import Job
from wannb.refusal import Refusal
from wannb.runs.trainer import train
from wannb.wan import compiling


def test_a_machine_without_a_compiler_is_told_so_before_anything_is_done(folders, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    for variable in machine.COMPILER_NAMED.values():
        monkeypatch.delenv(variable, raising=False)
    small_job.clips(tmp_path / "clips")
    job = small_job.job(tmp_path, folders["t2v"])
    job.wannb.compile = True
    with pytest.raises(Refusal, match="C compiler"):
        train(job)
    assert not (tmp_path / "runs").exists()


def test_a_named_compiler_counts(tmp_path, monkeypatch):
    own = tmp_path / "own-compiler"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setenv("CXX", str(own))
    job = Job.recipe("motion")
    job.wannb.compile = True
    compiling.demand_compiler(job, torch.device("cpu"))
    with pytest.raises(Refusal):
        compiling.demand_compiler(job, torch.device("cuda"))
    job.wannb.compile = "auto"
    compiling.demand_compiler(job, torch.device("cuda"))  # then without


def test_by_itself_only_the_14b_is_compiled_and_only_where_a_gpu_has_what_it_needs(monkeypatch):
    job, cuda = Job.recipe("motion"), torch.device("cuda")
    for missing, wanted in ((None, True), ("a C compiler", False)):
        monkeypatch.setattr(compiling, "lacks_to_compile", lambda _device, missing=missing: missing)
        assert job.compiles and compiling.wanted(job, cuda) == wanted
        assert not compiling.wanted(job, torch.device("cpu")) and not compiling.wanted(job, torch.device("mps"))
    job.wannb.compile = True
    assert compiling.wanted(job, torch.device("cpu"))
    job.wannb.compile, job.model.name_or_path = "auto", "wannb/tiny-wan2.2-i2v"
    assert not job.compiles


def test_what_was_compiled_lies_in_the_users_cache_unless_they_say_where(tmp_path, monkeypatch):
    monkeypatch.setenv("WANNB_CACHE", str(tmp_path))
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)
    compiling.compiled(torch.sin)
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == str(tmp_path / "compiled")
    elsewhere = str(tmp_path / "elsewhere")
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", elsewhere)
    compiling.compiled(torch.sin)
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == elsewhere
