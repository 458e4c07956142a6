"""docs/settings.md says of every setting what the declarations say."""

import re

from tools.settings_table import FILE, table
from wannb.job.settings import SETTINGS


def rows():
    lines = FILE.read_text(encoding="utf-8").splitlines()
    cells = (re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("| `"))
    return {key.strip(" `"): [cell.strip() for cell in rest] for key, *rest in cells}


def test_the_committed_page_is_the_generated_one():
    assert FILE.read_text(encoding="utf-8") == table(), "run make settings"


def test_every_setting_has_one_whole_row():
    found = rows()
    assert set(found) == {one.key for one in SETTINGS} and all(len(cells) == 5 for cells in found.values())
    assert all(cells[0] and cells[1] and cells[2] and cells[4] for cells in found.values())


def test_rows_say_works_refused_or_no_effect_as_declared():
    for one in SETTINGS:
        here = rows()[one.key][3]
        if one.inert:
            assert here == "no effect", one.key
        elif one.built is not True:
            assert here.startswith(("works for ", "only ", "refused: ")), one.key
            reasons = one.why.values() if isinstance(one.why, dict) else [one.why]
            assert all(why.replace("|", r"\|") in here for why in reasons), one.key
        else:
            assert here.startswith(("works", "refused with")), one.key
