# Sourced by ./run and ./test. `install_packages build test` installs what is missing of
# packaging/debian-packages.txt and says so; sudo only where something is missing and we are not root.
install_packages() {
  local kind package missing=() sudo=()
  for kind in "$@"; do
    for package in $(sed -n "s/^$kind: //p" packaging/debian-packages.txt); do
      is_there "$package" || missing+=("$package")
    done
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  printf 'Installing: %s\n' "${missing[*]}"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || { echo "Neither root nor sudo: please install these packages yourself." >&2; return 1; }
    sudo=(sudo)
  fi
  "${sudo[@]}" apt-get update -q
  # A server that is installed for the tests must not start by itself: the tests start their own.
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# node and npm may also come from elsewhere than Debian's packages.
is_there() {
  case "$1" in
    nodejs) command -v node > /dev/null ;;
    npm) command -v npm > /dev/null ;;
    *) dpkg-query -W -f '${Status}' "$1" 2> /dev/null | grep -q 'ok installed' ;;
  esac
}
