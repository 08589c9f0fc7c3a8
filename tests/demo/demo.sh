#!/bin/sh
# make demo: installs what is missing, builds, and starts the whole path on loopback. ONCE=1 ends
# by itself when the campaign is finished.
set -eu
cd "$(dirname "$0")/../.."
image/deps.sh demo
"${MAKE:-make}" -s BUILD="${BUILD:-debug}" demo-build
# Only the private Postfix needs root; the question, if any, comes before anything starts.
if [ "$(id -u)" -ne 0 ]; then
	sudo -v || { echo "demo: Postfix needs root or sudo" >&2; exit 2; }
fi
exec "build/${BUILD:-debug}/demo" ${ONCE:+--once}
