"""The two commands stand on a Python that is found, or end in one sentence."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "venv.sh"


def venv(folder: Path, path: Path, **more: str) -> subprocess.CompletedProcess:
    """Run tools/venv.sh with nothing but `path` to look for a Python in."""
    environment = {"PATH": str(path), "HOME": os.environ.get("HOME", "/"), **more}
    return subprocess.run(["/bin/sh", SCRIPT, folder / "venv"], env=environment, capture_output=True, text=True)


def program(folder: Path, name: str, lines: str) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{lines}\n")
    file.chmod(0o755)
    return file


def test_without_a_python_it_says_what_to_install(tmp_path: Path) -> None:
    ended = venv(tmp_path, tmp_path)
    assert ended.returncode == 1
    assert "Python 3.11 or newer" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_old_pythons_and_broken_shims_are_passed_over_and_a_venv_that_works_is_left_alone(tmp_path: Path) -> None:
    program(tmp_path, "python3", "exit 1")  # too old: the version check fails
    program(tmp_path, "python3.13", "exit 127")  # a version manager's shim of what is not installed
    program(tmp_path, "python3.12", f'echo "$@" >> {tmp_path}/asked\nexec {sys.executable} "$@"')
    ended = venv(tmp_path, tmp_path, PYTHONPATH="")
    assert ended.returncode == 0, ended.stderr
    assert "-m venv" in (tmp_path / "asked").read_text()
    assert (tmp_path / "venv" / "bin" / "python").exists()
    marker = tmp_path / "venv" / "marker"
    marker.touch()
    assert venv(tmp_path, tmp_path).returncode == 0
    assert marker.exists()


def test_make_knows_the_promised_targets() -> None:
    for target in ("setup", "demo", "test", "lab", "bench", "lint"):
        subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)
