"""`import wannb`, the job file, the clip report and the shell's help come up without torch, and soon."""

import subprocess
import sys

import pytest

import wannb

HEAVY = {"torch", "diffusers", "transformers", "peft"}


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has after `code`."""
    script = f"{code}\nimport sys\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}), file=sys.stderr)"
    return set(stderr("-c", script).split())


def seconds(line: str) -> float:
    """The best of three imports as `-X importtime` tells it: other work on the machine only ever adds."""
    times = []
    for _ in range(3):
        times.append(float(stderr("-X", "importtime", "-c", line).splitlines()[-1].split("|")[1]) / 1e6)
    return min(times)


def stderr(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stderr


@pytest.mark.parametrize(
    "code",
    [
        "import wannb; dir(wannb)",
        "import wannb; wannb.Job.recipe('motion')",
        "import wannb; wannb.ClipFolder; wannb.check; wannb.Refusal",
        "import wannb; wannb.launch; wannb.train; wannb.Run; wannb.Queue; wannb.read_log",
        "from wannb.cli.parser import parser; parser().format_help()",
    ],
)
def test_no_torch(code: str) -> None:
    assert not loaded(code) & HEAVY


def test_import_takes_under_half_a_second() -> None:
    assert seconds("import wannb") < 0.5


def test_every_name_of_the_face_is_there() -> None:
    for name in wannb.__all__:
        assert getattr(wannb, name).__name__ == name
    assert set(wannb.__all__) <= set(dir(wannb))
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = wannb.nothing_like_it


def test_no_name_of_the_face_is_hidden_by_a_folder_of_that_name() -> None:
    code = "import wannb, wannb.train.timesteps, sys; print(wannb.train.__module__, file=sys.stderr)"
    assert stderr("-c", code).split() == ["wannb.runs.waiting"]
