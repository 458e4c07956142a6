"""Say in one line what this machine can do for a LoRA, and what is missing."""

import argparse
from dataclasses import asdict

from wannb.cli.answer import Answer

HELP = "what this machine can do, and what is missing"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None but --json, which every verb has."""


def run(options: argparse.Namespace) -> Answer:
    from wannb.ui.doctor.doctor import doctor

    found = doctor()
    data = {"line": found.line, "can": found.can, "missing": found.missing, **asdict(found.facts)}
    return Answer(data, found.line, "Nothing can be trained here before that is mended." if found.blocked else "")
