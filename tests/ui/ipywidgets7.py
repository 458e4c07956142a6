"""Where `make setup` put the ipywidgets that Colab has."""

import sys
from pathlib import Path

import pytest

FOLDER = Path(sys.prefix) / "ipywidgets7"
needs = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"ipywidgets 7.7 is not in {FOLDER}: make setup puts it there")
