"""What is committed of a notebook's run: whole, small, readable on GitHub, and nothing of the machine it ran on."""

import base64
import json
import re

from tests.notebooks.reading import NOTEBOOKS, READ, cells, each, kinds, outputs

LARGEST_OUTPUT = 100_000  # bytes, as it stands in the file
LARGEST_PICTURE = 100_000  # bytes, decoded
LARGEST_NOTEBOOK = 1_000_000  # bytes
MOVING = re.compile(r"data:image/(\w+);base64,([\w+/=]+)")
PRIVATE = re.compile(r"(?<![\w.])/(home|root|Users|work|tmp|mnt|opt)/\w")


@each
def test_it_was_executed_from_top_to_bottom_without_an_error(name: str) -> None:
    code = cells(name, "code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert not [output for output in outputs(name) if output["output_type"] == "error"]


@each
def test_no_widget_state_and_a_plain_kernel(name: str) -> None:
    assert "widgets" not in READ[name]["metadata"]
    assert READ[name]["metadata"]["kernelspec"]["name"] == "python3"
    assert "widget-view" not in json.dumps(READ[name])


@each
def test_outputs_are_small(name: str) -> None:
    assert max((len(json.dumps(output)) for output in outputs(name)), default=0) <= LARGEST_OUTPUT


def test_notebooks_are_small() -> None:
    assert not {path.name: path.stat().st_size for path in NOTEBOOKS if path.stat().st_size > LARGEST_NOTEBOOK}


@each
def test_a_reader_of_github_sees_pictures(name: str) -> None:
    shown = [kind for cell in cells(name, "code") for kind in kinds(cell) if kind in ("image/png", "image/jpeg")]
    assert len(shown) >= 2


@each
def test_pictures_are_what_they_say_and_not_too_large(name: str) -> None:
    begins = {"png": b"\x89PNG", "jpeg": b"\xff\xd8", "webp": b"RIFF", "gif": b"GIF8"}
    for output in outputs(name):
        data = output.get("data", {})
        found = [(kind.partition("/")[2], "".join(value)) for kind, value in data.items() if kind.startswith("image/")]
        found += MOVING.findall("".join(data.get("text/html", "")))
        for kind, picture in found:
            raw = base64.b64decode(picture)
            assert len(raw) <= LARGEST_PICTURE
            assert kind not in begins or raw.startswith(begins[kind])


@each
def test_nothing_is_printed_by_a_library_that_warns(name: str) -> None:
    said = "".join("".join(output.get("text", "")) for output in outputs(name) if output.get("name") == "stderr")
    assert not re.search(r"Warning|WARNING", said)


@each
def test_no_path_of_the_machine_it_ran_on(name: str) -> None:
    for output in outputs(name):
        texts = {"text": output.get("text", []), **output.get("data", {})}
        assert not [kind for kind, text in texts.items() if "text" in kind and PRIVATE.search("".join(text))]
