"""Python in README and docs compiles, and every name of ours in it is there with the arguments that it is given."""

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

import wannb
from tests.docs.markdown import PAGES
from wannb.job.settings import SETTINGS
from wannb.wan.adapters.lora_file import header

OURS = {"run": wannb.Run, "job": wannb.Job}
"""What a variable of that name is an instance of, in examples."""
SECTIONS = {key.rpartition(".")[0] for key in (one.key for one in SETTINGS) if key.startswith("wannb.")}
NAMED = {one.key for one in SETTINGS} | SECTIONS | {f"wannb.{key}" for key in ("kind", "rank", "alpha", "version")}
FACTS = set(
    header(
        name="", task="t2v", expert="high", boundary=1, shift=1, steps=1, trigger="", base_model=""
    )
)  # fmt: skip
BLOCKS = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    for number, block in enumerate(page.blocks("python"))
]
INLINE = sorted({code for page in PAGES for code in page.inline if re.match(r"(wannb|run|job)\.\w", code)})


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_compiles_and_names_what_is_there(block: str) -> None:
    tree = ast.parse(block)
    assert list(_wrong(tree)) == []


@pytest.mark.parametrize("code", INLINE)
def test_inline_code_names_what_is_there(code: str) -> None:
    """Settings (`wannb.high_noise_share`, `wannb.differential_guidance: base`) and a file's facts stand there too."""
    plain = code.partition(":")[0]
    if plain in NAMED | FACTS or code.startswith("wannb.*"):
        return
    assert list(_wrong(ast.parse(code))) == []


def test_wrong_names_and_arguments_are_found() -> None:
    for code in (
        "wannb.Trainer(job)",
        "run.metricks()",
        "wannb.mend(jobs=1)",
        "wannb.train.nothing",
        "run.set(rate=1)",
    ):
        assert list(_wrong(ast.parse(code))), code


def _wrong(tree: ast.AST) -> Iterator[str]:
    called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            names = ast.unparse(node).split(".")
            found = _found(names) if all(name.isidentifier() for name in names) else None
            if isinstance(found, str):
                yield found
            elif id(node) in called and found is not None:
                yield from _arguments(ast.unparse(node), found, called[id(node)])


def _found(names: list[str]) -> object | str | None:
    """The object, a sentence where it is not there, None where it is nobody's business."""
    first, *rest = names
    if first == "wannb":
        return _below_wannb(rest)
    owner = OURS.get(first)
    if owner is None:
        return None
    return getattr(owner, rest[0], None) or (None if _is_section(first, rest[0]) else f"{first} has no {rest[0]}")


def _below_wannb(names: list[str]) -> object | str:
    try:
        return getattr(wannb, names[0]) if len(names) == 1 else _member(names)
    except (AttributeError, ImportError) as error:
        return str(error)


def _member(names: list[str]) -> object:
    """`wannb.Job.recipe`, or a name of a module: `wannb.train.densities`."""
    if names[0] in wannb.__all__ and hasattr(getattr(wannb, names[0]), names[1]):
        return getattr(getattr(wannb, names[0]), names[1])
    return import_module(".".join(["wannb", *names]))


def _is_section(owner: str, name: str) -> bool:
    return owner == "job" and any(one.key.startswith(f"{name}.") for one in SETTINGS)


def _arguments(name: str, found: object, call: ast.Call) -> Iterator[str]:
    try:
        takes = inspect.signature(found).parameters
    except (TypeError, ValueError):
        return
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in takes.values()):
        return
    for keyword in call.keywords:
        if keyword.arg and keyword.arg not in takes:
            yield f"{name} takes no {keyword.arg}"
