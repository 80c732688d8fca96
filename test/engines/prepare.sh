#!/usr/bin/env bash
# Makes this machine ready for the tests on the real stack: Docker, the engines, their images. Does only what is missing.
# Prints the path of images.json: {service: image}, to be given to the product as its `images:` setting.
# AGENT_MONITOR_TEST_PULL=1 tries the product's own pinned images first, and builds only where no registry answers.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# service -> repository of the pinned image that compose/ names
declare -A repositories=(
  [otel-collector]=otel/opentelemetry-collector-contrib
  [prometheus]=prom/prometheus
  [loki]=grafana/loki
  [jaeger]=jaegertracing/jaeger
  [promtail]=grafana/promtail
  [grafana]=grafana/grafana
  [bridge]=node
  [socket-proxy]=wollomatic/socket-proxy
)

pinned_images() {
  local service image
  for service in prometheus otel-collector loki jaeger promtail grafana bridge socket-proxy; do
    image=$(grep -rhoE "\b${repositories[$service]}:[A-Za-z0-9._-]+@sha256:[0-9a-f]{64}" "$engines/../../compose" | head -n 1)
    [ -n "$image" ] || { say "compose/ pins no ${repositories[$service]}"; return 1; }
    docker image inspect "$image" >/dev/null 2>&1 || timeout 600 docker pull -q "$image" >&2 || return 1
    echo "$service $image"
  done
}

as_json() { awk 'BEGIN {printf "{"} {printf "%s\"%s\":\"%s\"", (NR > 1 ? "," : ""), $1, $2} END {print "}"}'; }

"$engines/docker.sh"
images=
if [ "${AGENT_MONITOR_TEST_PULL:-0}" = 1 ]; then
  images=$(pinned_images) || { say "the pinned images cannot be had: building"; images=; }
fi
if [ -z "$images" ]; then
  "$engines/build.sh"
  images=$("$engines/images.sh")
fi
as_json <<<"$images" >"$cache/.images.json"
mv "$cache/.images.json" "$cache/images.json"
echo "$cache/images.json"
