"""From arguments to an answer on stdout and an exit code. Whatever else is printed on the way goes to stderr."""

import json
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import redirect_stdout

from wannb.cli.answer import Answer
from wannb.cli.parser import parser
from wannb.refusal import Refusal
from wannb.words import language, tell

DONE, FAILED = 0, 1
TRACEBACK = "WANNB_TRACEBACK"  # set to anything: unexpected errors show where they came from


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code; wrong usage leaves through SystemExit(2), as argparse does."""
    argv = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in argv
    try:
        options = parser().parse_args(argv)
        language(options.language)
        with redirect_stdout(sys.stderr):
            answer = options.run(options)
    except Refusal as refusal:
        return _fail(str(refusal) if as_json else tell(refusal), as_json)
    except KeyboardInterrupt:
        return _fail("Interrupted.", as_json)
    except Exception as error:  # the contract: a sentence, never a bare traceback
        if os.environ.get(TRACEBACK):
            traceback.print_exc()
        return _fail(_sentence(error), as_json)
    return _tell(answer, as_json)


def _tell(answer: Answer, as_json: bool) -> int:
    try:
        print(json.dumps(answer.data, default=str) if as_json else answer.text, flush=True)
    except BrokenPipeError:  # `wannb inspect … | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if answer.failed:
        print(f"wannb: {answer.failed}", file=sys.stderr)
        return FAILED
    return DONE


def _fail(sentence: str, as_json: bool) -> int:
    sentence = " ".join(sentence.split())
    if as_json:
        print(json.dumps({"error": sentence}), flush=True)
    print(f"wannb: {sentence}", file=sys.stderr)
    return FAILED


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}."
    said = [f"This should not have happened ({type(error).__name__}: {error}).", *getattr(error, "__notes__", [])]
    return f"{' '.join(said)} {TRACEBACK}=1 shows where."
