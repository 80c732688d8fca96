#!/usr/bin/env bash
# Makes `docker` and `docker compose` work on this machine: installs Debian's docker.io when there is no engine, starts
# dockerd when none answers, and links the Compose plugin that build.sh built when there is none. What works already stays.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

socket=/var/run/docker.sock

is_root() { [ "$(id -u)" = 0 ]; }

daemon_answers() { timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

install_docker() {
  is_root || fail "no dockerd on this machine, and only root can install it: apt-get install docker.io"
  command -v apt-get >/dev/null || fail "no dockerd on this machine: install Docker Engine"
  [ "${AGENT_MONITOR_TEST_APT:-1}" = 1 ] || fail "no dockerd on this machine, and AGENT_MONITOR_TEST_APT=0 forbids installing it"
  say "installing docker.io"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io iptables >/dev/null
}

start_daemon() {
  is_root || fail "no Docker daemon answers, and only root can start one"
  say "starting dockerd; its log: $cache/dockerd.log"
  # The lock's descriptor must not live on in the daemon.
  setsid nohup dockerd --host "unix://$socket" </dev/null >>"$cache/dockerd.log" 2>&1 {lock_fd}>&- &
  for _ in $(seq 120); do
    ! daemon_answers || return 0
    sleep 0.5
  done
  tail -n 20 "$cache/dockerd.log" >&2
  fail "dockerd did not answer within 60 s"
}

# A plugin that is not ours is used as it is.
ensure_compose() {
  local plugin built
  plugin=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins/docker-compose
  # For every user, HOME and DOCKER_CONFIG, since tests change them.
  ! is_root || plugin=/usr/local/lib/docker/cli-plugins/docker-compose
  built=$(engine_dir compose-plugin)/docker-compose
  if [[ $(readlink "$plugin") != "$cache"/* ]] && docker compose version >/dev/null 2>&1; then return; fi
  "$engines/build.sh" compose-plugin
  [ "$(readlink "$plugin")" = "$built" ] || { mkdir -p "$(dirname "$plugin")" && ln -sfn "$built" "$plugin"; }
  docker compose version >/dev/null
}

with_lock docker
if ! daemon_answers; then
  command -v dockerd >/dev/null || install_docker
  start_daemon
  say "docker: client $(docker version --format '{{.Client.Version}}'), engine $(docker version --format '{{.Server.Version}}')"
fi
ensure_compose
