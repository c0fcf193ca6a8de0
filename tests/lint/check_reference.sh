#!/usr/bin/env bash
# docs/configuration.md is what the settings table says.
set -euo pipefail
cd "$(dirname "$0")/../.."
diff -u docs/configuration.md <("$UNDERSTUDY_BINARY" reference) ||
  { echo "Write it anew: build/release/understudy reference > docs/configuration.md"; exit 1; }
