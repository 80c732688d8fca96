# shellcheck shell=bash
# Shared by the scripts of this folder; sourced, never run.

engines=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${AGENT_MONITOR_TEST_CACHE:-$HOME/.cache/agent-monitor-test}
mkdir -p "$cache"
umask 022

say() { echo "engines: $*" >&2; }
fail() { say "$*"; exit 1; }

# Holds the named lock until this shell ends, so that two runs at once build and start nothing twice.
with_lock() {
  exec {lock_fd}>"$cache/$1.lock"
  flock "$lock_fd"
}

# In the order of their worth to the tests, since a cold build takes minutes each.
engine_names() {
  local name
  for name in compose-plugin otel-collector prometheus loki jaeger promtail socket-proxy-standin telemetrygen; do
    [ ! -f "$engines/$name/engine.sh" ] || echo "$name"
  done
}

engine_version() (. "$engines/$1/engine.sh" && echo "$version")

engine_dir() { echo "$cache/engines/$1-$(engine_version "$1")"; }
