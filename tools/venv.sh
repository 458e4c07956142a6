#!/bin/sh
# Makes the virtual environment $1 with the first Python 3.11+ that runs; one sentence where there is none.
# Each candidate is run, not only looked up: version managers leave shims of versions that are not there.
set -u
folder=$1

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

if [ -x "$folder/bin/python" ] && fits "$folder/bin/python" && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if fits "$candidate"; then
        if "$candidate" -m venv --clear "$folder"; then exit 0; fi
        echo "$candidate cannot make a virtual environment: install its venv module (on Debian and Ubuntu: apt install python3-venv), then run make again." >&2
        exit 1
    fi
done
echo "wannb needs Python 3.11 or newer and found none (tried ${PYTHON:-} python3 python3.13 python3.12 python3.11): install one, or name it with make PYTHON=/path/to/python3." >&2
exit 1
