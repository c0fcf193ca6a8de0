#!/usr/bin/env bash
# clang-tidy over src/, with the commands of the preset `lint`. A file is looked at again only when it,
# a header, the settings or the tool have changed: the verdicts are kept in build/lint/tidy.
set -euo pipefail
cd "$(dirname "$0")/../.."
cmake --preset lint -Wno-dev > /dev/null
kept=build/lint/tidy
mkdir -p "$kept"
common=$(cat .clang-tidy src/*/*.h <(clang-tidy --version) | sha256sum)
check() {
  local verdict
  verdict=$kept/$(printf '%s %s' "$2" "$(sha256sum "$1")" | sha256sum | cut -d' ' -f1)
  [ -e "$verdict" ] && return 0
  clang-tidy -p build/lint --quiet "$1" 2> /dev/null && touch "$verdict"
}
export -f check
export kept
find src -name '*.cc' ! -name '*_test.cc' ! -name boost_impl.cc -print0 |
  xargs -0 -P "$(nproc)" -I{} bash -c 'check "$1" "$2"' _ {} "$common"
