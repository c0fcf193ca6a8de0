#!/usr/bin/env bash
# clang-tidy over src/, with the commands of the preset `lint`: over the files that the last commit or the work since
# then has touched, or with UNDERSTUDY_TIDY=all (./test --long) over all of them. A file is looked at again only when it,
# a header, the settings or the tool have changed: the verdicts are kept in build/lint/tidy.
set -euo pipefail
cd "$(dirname "$0")/../.."
cmake --preset lint -Wno-dev > /dev/null
kept=build/lint/tidy
mkdir -p "$kept"
common=$({ clang-tidy --version; cat .clang-tidy; find src -name '*.h' -print0 | sort -z | xargs -0 cat; } | sha256sum)
check() {
  local verdict
  verdict=$kept/$(printf '%s %s' "$2" "$(sha256sum "$1")" | sha256sum | cut -d' ' -f1)
  [ -e "$verdict" ] && return 0
  clang-tidy -p build/lint --quiet "$1" 2> /dev/null && touch "$verdict"
}
export -f check
export kept
candidates() {
  if [ "${UNDERSTUDY_TIDY:-changed}" != all ] && git rev-parse -q --verify HEAD~1 > /dev/null 2>&1; then
    { git diff --name-only --diff-filter=d HEAD~1; git ls-files --others --exclude-standard; } | sort -u
  else
    find src -name '*.cc'
  fi
}
candidates | { grep -E '^src/.*\.cc$' || true; } | { grep -vE '(_test|/boost_impl|/ssl_impl)\.cc$' || true; } |
  xargs -r -P "$(nproc)" -I{} bash -c 'check "$1" "$2"' _ {} "$common"
