"""Write requirements.txt and environment.yml from the installed environment: `make lock`, after a change on purpose.

Walks from the dependencies and extras of pyproject.toml through the metadata of what is installed, so that the lock
holds what wannb needs and nothing else. Versions lose their local part (`2.13.0+cpu` is `2.13.0`): which build of torch
a machine gets is the machine's business. torch pins its own CUDA libraries exactly; they are left to it.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
# Needed by a locked package on another system than the one that writes the lock: name, version, marker.
ELSEWHERE = (
    ("appnope", "0.1.4", "sys_platform == 'darwin'"),
    ("colorama", "0.4.6", "sys_platform == 'win32'"),
    ("pywinpty", "3.0.2", "os_name == 'nt'"),
)
LEFT_TO_TORCH = re.compile(r"nvidia-.*|cuda-.*|triton")
FOR_CARDS = {"fast"}
"""Extras that nothing but a card has a use for, by the hundred megabytes: not locked."""


def declared() -> list[Requirement]:
    """Return every requirement of pyproject.toml, extras but those for cards included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [lines for name, lines in project["optional-dependencies"].items() if name not in FOR_CARDS]
    return [Requirement(line) for line in [*project["dependencies"], *(line for extra in extras for line in extra)]]


def closure(requirements: list[Requirement]) -> dict[str, str]:
    """Return {name: version} of all that `requirements` need, as installed; raises where something is missing."""
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    queue = list(requirements)
    while queue:
        requirement = queue.pop()
        name, extras = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, extras) in seen or LEFT_TO_TORCH.fullmatch(name):
            continue
        seen.add((name, extras))
        package = distribution(name)
        found[name] = package.version.split("+")[0]
        queue.extend(_needed(package.requires or [], extras))
    return found


def _needed(lines: list[str], extras: frozenset[str]) -> Iterator[Requirement]:
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            yield requirement


def pins() -> list[str]:
    """Return the lines of the lock, torch first (it is the largest: a failing download is known early)."""
    requirements = [line for line in declared() if line.marker is None or line.marker.evaluate()]
    markers = {canonicalize_name(line.name): str(line.marker).replace('"', "'") for line in declared() if line.marker}
    versions = closure(requirements)
    lines = [_pin(name, version, markers.get(name)) for name, version in sorted(versions.items()) if name != "torch"]
    lines += [_pin(*one) for one in ELSEWHERE if one[0] not in versions]
    return [_pin("torch", versions["torch"], None), *sorted(lines)]


def _pin(name: str, version: str, marker: str | None) -> str:
    return f"{name}=={version}" + (f"; {marker}" if marker else "")


def write() -> None:
    lines = pins()
    (ROOT / "requirements.txt").write_text(
        "# Written by `make lock`. Python 3.11 to 3.13; torch brings the CUDA libraries that go with it.\n"
        + "\n".join(lines)
        + "\n"
    )
    (ROOT / "environment.yml").write_text(
        "# Written by `make lock`: the versions of requirements.txt, for conda.\n"
        "#   conda env create -f environment.yml && conda activate wannb && pip install --no-deps -e .\n"
        "name: wannb\nchannels:\n  - conda-forge\ndependencies:\n  - python>=3.11,<3.14\n  - pip\n  - pip:\n"
        + "".join(f'      - "{line}"\n' for line in lines)
    )


if __name__ == "__main__":
    try:
        write()
    except PackageNotFoundError as missing:
        raise SystemExit(f"{missing.name} is not installed: run make setup with it first.") from missing
