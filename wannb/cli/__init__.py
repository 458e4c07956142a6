"""The shell: `wannb VERB …`. Exit 0 done, 1 refused or failed with a sentence, 2 wrong usage."""

from wannb.cli.main import main

__all__ = ["main"]
