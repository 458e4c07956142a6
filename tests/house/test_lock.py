"""One set of versions: pyproject.toml asks, requirements.txt pins, environment.yml says the same to conda."""

import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.lock import declared

ROOT = Path(__file__).resolve().parents[2]


def locked() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def colabs() -> list[Requirement]:
    lines = (ROOT / "requirements-ipywidgets7.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_conda_gets_the_same_versions() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert [Requirement(line) for line in pip] == locked()


def test_every_line_is_one_exact_public_version() -> None:
    for requirement in [*locked(), *colabs()]:
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        assert not {"+", "*"} & set(pin.version)
        assert requirement.url is None
    names = [requirement.name for requirement in locked()]
    assert len(names) == len(set(names))
    assert names[0] == "torch"


def test_what_the_package_asks_for_is_locked_in_a_version_it_allows() -> None:
    pins = {requirement.name: next(iter(requirement.specifier)).version for requirement in locked()}
    for requirement in declared():
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


def test_colab_keeps_its_own_torch_ipywidgets_and_jupyter() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    base = {requirement.name: requirement for requirement in map(Requirement, project["dependencies"])}
    assert not base["torch"].specifier
    assert base["ipywidgets"].specifier.contains("7.7.1")
    assert "jupyterlab" not in base


def test_decord_is_asked_for_only_where_it_has_wheels() -> None:
    (decord,) = [requirement for requirement in locked() if requirement.name == "decord"]
    for platform, machine in (("linux", "x86_64"), ("win32", "AMD64")):
        assert decord.marker.evaluate({"sys_platform": platform, "platform_machine": machine})
    for platform, machine in (("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64")):
        assert not decord.marker.evaluate({"sys_platform": platform, "platform_machine": machine})
