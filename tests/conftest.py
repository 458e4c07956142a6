"""The modules that take longest begin first, so that no worker is left alone with one of them at the end."""

import gc

import pytest

gc.disable()  # until all is imported, of which nothing is garbage

LONGEST = (
    "notebooks/00",
    "notebooks/03",
    "notebooks/01",
    "notebooks/04",
    "notebooks/20",
    "notebooks/",  # all of them before what a browser does: some train in five processes at once
    "ui/test_studio_in_browser.py",
    "ui/test_inspector_in_browser.py",
    "ui/test_ipywidgets7_in_browser.py",
    "ui/test_compare_in_browser.py",
    "ui/test_restarted_kernel_in_browser.py",
    "ui/test_monitor_in_browser.py",
    "ui/test_ipywidgets7.py",
    "house/test_import_is_light.py",
    "demo/test_demo.py",
    "runs/test_failures.py",
    "runs/test_queue.py",
    "runs/clips/",
    "runs/test_launching.py",
    "runs/test_torture.py",
    "runs/test_killed_runs_resume_exactly.py",
    "ui/test_playground_in_browser.py",
    "house/test_make.py",
    "export/",
    "ui/test_monitor.py",
    "ui/test_compare",
    "wan/test_lora_file.py",
    "train/test_timesteps.py",
)
"""Beginnings of names, those of tests/ below it, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(item.nodeid.split("tests/", 1)[-1]))


def pytest_collection_finish() -> None:
    """Spare the collector what was imported: half a million objects that each training here would have walked twice."""
    gc.collect()
    gc.freeze()
    gc.enable()


def _rank(name: str) -> int:
    return next((rank for rank, one in enumerate(LONGEST) if name.startswith(one)), len(LONGEST))
