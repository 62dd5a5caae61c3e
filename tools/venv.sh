#!/bin/sh
# Makes a virtual environment with pip in it, or leaves a good one as it is.
#
# usage: sh tools/venv.sh PYTHON FOLDER
set -u
python=$1
venv=$2

stop() {
    echo "$*" >&2
    exit 1
}

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

if [ -x "$venv/bin/python" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$venv/bin/python" -c "$new_enough" ||
        stop "$venv holds $("$venv/bin/python" -V); sheetnet needs 3.11 or newer. Remove $venv, then try again."
    exit 0
fi

command -v "$python" >/dev/null 2>&1 ||
    stop "No $python here. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.11 demo"
"$python" -c "$new_enough" ||
    stop "$python is $("$python" -V 2>&1); sheetnet needs 3.11 or newer. Name one: make PYTHON=/path/to/python3.11 demo"

# Debian and Ubuntu keep ensurepip, without which venv makes no pip, in a package of its own.
if ! "$python" -c 'import venv, ensurepip; ensurepip.version()' 2>/dev/null; then
    sh "$(dirname "$0")/apt.sh" python3-venv
    "$python" -c 'import venv, ensurepip; ensurepip.version()' 2>/dev/null ||
        stop "$python cannot make a virtual environment: its ensurepip module is missing.
On Debian or Ubuntu: sudo apt-get install python3-venv
Elsewhere, name a complete Python: make PYTHON=/path/to/python3.11 demo"
fi

"$python" -m venv "$venv" || stop "$python -m venv $venv failed. Remove $venv, then try again."
