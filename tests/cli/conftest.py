import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from wannb.cli import main


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """What is on stdout, which is one JSON object and nothing else."""
        told = json.loads(self.out)
        assert isinstance(told, dict)
        return told


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """`shell("inspect", folder, "--json")` runs a verb in this process."""

    def run(*arguments: object) -> Told:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = left.code
        return Told(code, *capsys.readouterr())

    return run
