#!/usr/bin/env bash
# Makes the images that the tests run from what build.sh built, by `docker import`: no registry, no base image, no builder.
# Paths, users, working directories and shells are those of the upstream images (the Dockerfiles of the versions built), so
# that what works or fails on these works or fails there. Prints `service image` lines, also for what exists already.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# images.sh [SERVICE...]
[ $# -gt 0 ] || set -- otel-collector prometheus loki jaeger promtail bridge socket-proxy

# Each image_SERVICE sets image, from (what decides whether it is still good) and uid (of the data folders), then, when
# called with `fill`, puts files below $root, folders of that uid below $owned, and sets `config` for docker import.

image_otel_collector() {
  engine otel-collector
  [ "$1" = fill ] || return 0
  put "$dir/otelcol-contrib" /otelcol-contrib
  config=('USER 10001:10001' 'ENTRYPOINT ["/otelcol-contrib"]' 'CMD ["--config","/etc/otelcol-contrib/config.yaml"]')
}

image_prometheus() {
  engine prometheus
  uid=65534
  [ "$1" = fill ] || return 0
  put "$dir/prometheus" /bin/prometheus
  put "$dir/promtool" /bin/promtool
  put_busybox
  users 'nobody:x:65534:65534:nobody:/:/bin/false'
  mkdir -p "$owned/prometheus" "$owned/etc/prometheus"
  config=('USER nobody' 'WORKDIR /prometheus' 'VOLUME /prometheus' 'ENTRYPOINT ["/bin/prometheus"]'
    'CMD ["--config.file=/etc/prometheus/prometheus.yml","--storage.tsdb.path=/prometheus"]')
}

image_loki() {
  engine loki
  uid=10001
  [ "$1" = fill ] || return 0
  put "$dir/loki" /usr/bin/loki
  put_time_zones
  users 'loki:x:10001:10001::/home/loki:/sbin/nologin'
  mkdir -p "$root/tmp" "$owned/etc/loki" "$owned/loki/rules" "$owned/loki/rules-temp"
  config=('USER 10001' 'ENTRYPOINT ["/usr/bin/loki"]' 'CMD ["-config.file=/etc/loki/local-config.yaml"]')
}

image_jaeger() {
  engine jaeger
  [ "$1" = fill ] || return 0
  put "$dir/jaeger-linux" /cmd/jaeger/jaeger-linux
  put_busybox
  config=('USER 10001' 'ENV JAEGER_LISTEN_HOST=0.0.0.0' 'VOLUME /tmp' 'ENTRYPOINT ["/cmd/jaeger/jaeger-linux"]')
}

image_promtail() {
  engine promtail
  [ "$1" = fill ] || return 0
  put "$dir/promtail" /usr/bin/promtail
  put_with_libraries /bin/bash
  put_time_zones
  users
  mkdir -p "$root/tmp" "$root/run" "$root/etc/promtail"
  ln -s /run "$root/var/run"
  config=('ENTRYPOINT ["/usr/bin/promtail"]' 'CMD ["-config.file=/etc/promtail/config.yml"]')
}

# Node for the bridge and for whatever else a test runs in a container; nothing of ours is inside.
image_bridge() {
  local node
  node=$(find_node)
  image=agent-monitor-test/node:24
  from=$("$node" --version)
  [ "$1" = fill ] || return 0
  put_with_libraries "$node" /usr/local/bin/node
  put_with_libraries /bin/bash
  ln -s bash "$root/bin/sh"
  users 'node:x:1000:1000::/home/node:/bin/bash'
  mkdir -p "$root/tmp"
  config=('ENTRYPOINT []' 'CMD ["node"]')
}

image_socket_proxy() {
  engine socket-proxy-standin socket-proxy
  [ "$1" = fill ] || return 0
  put "$dir/socket-proxy" /socket-proxy
  put "$dir/healthcheck" /healthcheck
  config=('USER 65534:65534' 'ENTRYPOINT ["/socket-proxy"]')
}

# engine NAME [IMAGE]: the image is made from this engine.
engine() {
  dir=$(engine_dir "$1")
  [ -f "$dir/stamp" ] || fail "$1 is not built: run build.sh $1"
  image=agent-monitor-test/${2:-$1}:$(engine_version "$1")
  from=$(cat "$dir/stamp")
}

put() { install -D -m 0755 "$1" "$root$2"; }

# put_with_libraries FILE [PATH]: with every library that it loads, at the same place.
put_with_libraries() {
  local library
  put "$1" "${2:-$1}"
  ldd "$1" | grep -o '/[^ ]*' | while read -r library; do put "$library" "$library"; done
}

# The shell and the wget that health checks of these images may use upstream.
put_busybox() {
  local name
  put "$(find_busybox)" /bin/busybox
  for name in sh wget cat ls mkdir chown; do ln -s busybox "$root/bin/$name"; done
  mkdir -p "$root/tmp"
}

put_time_zones() {
  [ ! -d /usr/share/zoneinfo ] || { mkdir -p "$root/usr/share" && cp -RL /usr/share/zoneinfo "$root/usr/share/"; }
}

# users [PASSWD LINE]: beside root.
users() {
  mkdir -p "$root/etc" "$root/var"
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' "$@" >"$root/etc/passwd"
  sed -n 's/^\([^:]*\):x:[0-9]*:\([0-9]*\):.*/\1:x:\2:/p' "$root/etc/passwd" >"$root/etc/group"
}

# The repository's own Node 24, else one in the cache.
find_node() {
  local node=$engines/../../node_modules/node/bin/node machine
  if [[ $("$node" --version 2>/dev/null) != v24.* ]]; then
    node=$cache/node-24/node_modules/.agent-monitor-node
    if [ ! -x "$node" ]; then
      case $(uname -m) in aarch64) machine=arm64 ;; *) machine=x64 ;; esac
      say "installing Node 24 into the cache"
      npm install --silent --no-save --ignore-scripts --prefix "$cache/node-24" "node-linux-$machine@24" >&2
      ln -sf "node-linux-$machine/bin/node" "$node"
    fi
  fi
  echo "$node"
}

find_busybox() {
  local busybox=$cache/busybox/bin/busybox
  if [ ! -x "$busybox" ]; then
    command -v apt-get >/dev/null || fail "the images need a static busybox: put one at $busybox"
    say "fetching busybox-static"
    mkdir -p "$cache/busybox"
    (cd "$cache/busybox" && apt-get -o APT::Sandbox::User=root download -qq busybox-static >&2 && dpkg-deb -x busybox-static_*.deb .)
  fi
  echo "$busybox"
}

make_image() {
  local config=() change changes=() replaced
  work=$(mktemp -d "$cache/.image-XXXXXX")
  root=$work/root owned=$work/owned
  mkdir "$root" "$owned"
  "image_$1" fill
  [ ! -d "$root/tmp" ] || chmod 1777 "$root/tmp"
  tar -C "$root" --owner=0 --group=0 --numeric-owner -cf "$work/tar" .
  if [ -n "$(ls -A "$owned")" ]; then
    # Only the folders that are named: those above them stay root's.
    (cd "$owned" && find . -mindepth 1 -not -path ./etc -print0) |
      tar -C "$owned" --owner="$uid" --group="$uid" --numeric-owner --no-recursion --null -T - -rf "$work/tar"
  fi
  for change in "${config[@]}" "LABEL agent-monitor-test.stamp=$2"; do changes+=(--change "$change"); done
  replaced=$(docker image inspect -f '{{.Id}}' "$image" 2>/dev/null) || true
  docker import "${changes[@]}" - "$image" <"$work/tar" >/dev/null
  rm -rf "$work"
  # Still in use is fine: it goes with its last container.
  [ -z "$replaced" ] || docker image rm "$replaced" >/dev/null 2>&1 || true
  say "imported $image"
}

with_lock images
trap 'rm -rf "${work:-}"' EXIT
recipe=$(sha256sum <"${BASH_SOURCE[0]}")
for service in "$@"; do
  name=${service//-/_} uid=0
  "image_$name" name
  stamp=$(echo "$from $recipe" | sha256sum | cut -c1-32)
  if [ "$(docker image inspect -f '{{index .Config.Labels "agent-monitor-test.stamp"}}' "$image" 2>/dev/null)" != "$stamp" ]; then
    make_image "$name" "$stamp"
  fi
  echo "$service $image"
done
