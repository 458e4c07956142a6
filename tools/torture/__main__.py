"""The campaign from the shell; exits with 1 where any run differs from the one that nobody killed."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tools.torture.campaign import Campaign, phases
from tools.torture.kinds import KINDS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # the victims fork after this
    folder, began = Path(tempfile.mkdtemp(prefix="wannb-torture-")), time.monotonic()
    results = Campaign(folder, options.seed, list(KINDS)).run(options.kills, options.workers)
    wrong = [result for result in results if result.differences]
    print(f"\n{sum(phases(results).values())} kills of {len(results)} runs in {time.monotonic() - began:.0f} s")
    print("where they fell: " + ", ".join(f"{phase} {count}" for phase, count in phases(results).most_common()))
    print(f"runs that differ from the undisturbed one: {len(wrong)}")
    if wrong:
        print(f"all files are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
