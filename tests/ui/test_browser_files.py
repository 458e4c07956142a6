"""What a widget sends to the browser is one small module that asks nobody, and its style names are its own."""

import re

import pytest

from wannb.ui.findings_list import FindingsList
from wannb.ui.live_loss import LiveLoss
from wannb.ui.outlook import Outlook
from wannb.ui.watch import Watch

WIDGETS = (FindingsList, LiveLoss, Outlook, Watch)


@pytest.mark.parametrize("widget", WIDGETS)
def test_a_joined_module_is_small_and_has_one_export(widget: type) -> None:
    module = str(widget._esm)
    assert len(module.encode()) < 30_000
    assert "http" not in module and "import" not in module
    assert re.findall(r"^export .*", module, re.M) == ["export default { render };"]


@pytest.mark.parametrize("widget", WIDGETS)
def test_no_name_is_declared_twice_in_a_joined_module(widget: type) -> None:
    names = re.findall(r"^(?:async )?(?:function|const|let) (\w+)", str(widget._esm), re.M)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("widget", WIDGETS)
def test_style_names_are_prefixed(widget: type) -> None:
    style = re.sub(r"/\*.*?\*/", "", str(widget._css), flags=re.S)
    names = set(re.findall(r"(?<![\w.])\.([a-z][\w-]*)", style))
    assert names and all(name.startswith(("wannb-", "vscode-")) for name in names)
