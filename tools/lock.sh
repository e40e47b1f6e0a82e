#!/usr/bin/env bash
# Pins every dependency with its hashes, for every Python from 3.11 on; no lock names a registry.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
    local out=$1; shift
    uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate -q -o "$out" "$@"
}
compile locks/trials.txt --extra dev --extra trials --extra counties --extra node "$@"
compile locks/dev.txt --extra dev -c locks/trials.txt
compile locks/node.txt --extra node -c locks/trials.txt
compile locks/run.txt -c locks/trials.txt
