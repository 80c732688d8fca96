#!/usr/bin/env bash
# Builds the real engines that the tests run, each once: build.sh [ENGINE...]
# What is built lies in $cache/engines/NAME-VERSION/, where a stamp says from which files and with which Go, and is linked
# from $cache/bin/.
# A folder of this directory is an engine when it has an engine.sh, which sets
#   version           of the engine
#   mains             binary=import path, one each
#   tags, ldflags     of go build, where it needs them
#   build             or a function that fills $1 by itself
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off GOFLAGS="-buildvcs=false -trimpath"

# What decides whether a built engine is still good: every file of its folder, and the compiler.
stamp_of() { (cd "$engines/$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum; go version) | sha256sum; }

go_build() { nice -n 10 go build -p 2 "$@"; }

build_mains() {
  local out=$1 main
  for main in "${mains[@]}"; do
    go_build -tags "$tags" -ldflags "-s -w $ldflags" -o "$out/${main%%=*}" "${main#*=}"
  done
}

build_engine() (
  name=$1
  tags='' ldflags=''
  build() { build_mains "$1"; }
  . "$engines/$name/engine.sh"
  target=$(engine_dir "$name")
  stamp=$(stamp_of "$name")
  is_built() { [ "$(cat "$target/stamp" 2>/dev/null)" = "$stamp" ]; }
  ! is_built || exit 0
  with_lock build
  ! is_built || exit 0

  say "building $name $version"
  began=$SECONDS
  mkdir -p "$cache/engines"
  work=$(mktemp -d "$cache/engines/.build-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  mkdir "$work/out"
  # The sources are compiled from a copy: nothing is ever written into the work tree.
  cp -R "$engines/$name" "$work/src"
  cd "$work/src"
  build "$work/out"
  echo "$stamp" >"$work/out/stamp"
  chmod 0755 "$work/out"
  rm -rf "$target"
  mv "$work/out" "$target"
  mkdir -p "$cache/bin"
  find "$target" -type f -perm -u+x -exec ln -sfn {} "$cache/bin/" \;
  say "built $name $version in $((SECONDS - began)) s"
)

command -v go >/dev/null || fail "the engines are built from source: install Go 1.26 or newer"
names=("$@")
[ $# -gt 0 ] || mapfile -t names < <(engine_names)
for name in "${names[@]}"; do
  [ -f "$engines/$name/engine.sh" ] || fail "no engine named $name; there are: $(engine_names | xargs)"
  # Not under `if` or `||`, which would switch off errexit inside.
  build_engine "$name"
done
