#!/usr/bin/env bash
# Every C++ file is as clang-format would write it; `tests/lint/check_format.sh --fix` makes it so.
set -euo pipefail
cd "$(dirname "$0")/../.."
files=$(git ls-files --cached --others --exclude-standard 'src/*.h' 'src/*.cc' 'fuzz/*.h' 'fuzz/*.cc' 'bench/*.h' 'bench/*.cc')
if [ "${1:-}" = --fix ]; then
  clang-format -i $files
else
  clang-format --dry-run --Werror $files
fi
