"""Browser tests are collected where Chromium is; elsewhere the header of the test run says that they are not."""

import shutil

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
collect_ignore_glob = [] if CHROMIUM else ["test_*_in_browser.py"]


def pytest_report_header() -> str:
    return f"browser tests: {CHROMIUM or 'left out, there is no Chromium here (apt install chromium)'}"
