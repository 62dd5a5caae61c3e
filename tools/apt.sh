#!/bin/sh
# Installs Debian packages, where this machine allows it: apt-get is there, and we are root
# or sudo asks no password.
#
# usage: sh tools/apt.sh PACKAGE...
# exit status: 0 installed; 1 apt-get failed; 3 not allowed here (nothing was tried or printed)
set -u

command -v apt-get >/dev/null 2>&1 || exit 3
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    exit 3
fi

# A fresh machine may still be at its own upgrades: wait for their lock.
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

echo "Installing with apt-get: $*"
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
for attempt in 1 2; do
    # One unreachable source fails the update, and need not hold the packages we want.
    if { apt update; apt install --no-install-recommends "$@"; } >"$log" 2>&1; then
        exit 0
    fi
    [ "$attempt" -eq 2 ] || sleep 5
done
echo "apt-get could not install: $*. Its last lines:" >&2
tail -n 15 "$log" >&2
exit 1
