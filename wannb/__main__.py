"""`python -m wannb` is `wannb`."""

import sys

from wannb.cli import main

if __name__ == "__main__":
    sys.exit(main())
