version=1.13.1

build() {
  go test ./...
  go_build -ldflags "-s -w" -o "$1/socket-proxy" ./proxy
  go_build -ldflags "-s -w" -o "$1/healthcheck" ./healthcheck
}
