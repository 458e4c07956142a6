"""The arguments of every verb."""

import argparse
from types import ModuleType

from wannb import __version__
from wannb.cli.verbs import (
    ara,
    cache,
    check,
    compare,
    demo,
    doctor,
    export,
    fit,
    inspect,
    launch,
    merge,
    new,
    queue,
    sample,
    share,
    shrink,
    status,
    stop,
    train,
)
from wannb.words.languages import LANGUAGES, VARIABLE

VERBS: dict[str, ModuleType] = {
    "doctor": doctor,
    "demo": demo,
    "new": new,
    "inspect": inspect,
    "check": check,
    "fit": fit,
    "cache": cache,
    "train": train,
    "launch": launch,
    "status": status,
    "stop": stop,
    "queue": queue,
    "sample": sample,
    "compare": compare,
    "export": export,
    "share": share,
    "shrink": shrink,
    "merge": merge,
    "ara": ara,
}


def parser() -> argparse.ArgumentParser:
    """Return the parser; a parsed verb has its function in `.run`."""
    top = argparse.ArgumentParser(
        prog="wannb",
        allow_abbrev=False,
        description="Train Wan 2.2 LoRAs: from clips to a pair of files for ComfyUI and diffusers.",
        epilog="Exit codes: 0 done, 1 refused or failed, 2 wrong usage.",
    )
    top.add_argument("--version", action="version", version=f"wannb {__version__}")
    verbs = top.add_subparsers(metavar="VERB", required=True)
    for name, module in VERBS.items():
        one = verbs.add_parser(name, help=module.HELP, description=module.__doc__, allow_abbrev=False)
        module.arguments(one)
        one.add_argument("--json", action="store_true", help="print one JSON object on stdout, in English")
        one.add_argument("--language", metavar="CODE", help=f"of findings: {', '.join(LANGUAGES)} (or {VARIABLE})")
        one.set_defaults(run=module.run)
    return top
