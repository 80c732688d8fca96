version=0.159.0

build() {
  # The builder writes a module of its own; it is compiled here, so that niceness and parallelism are ours.
  nice -n 10 go run "go.opentelemetry.io/collector/cmd/builder@v$version" --config builder.yaml --skip-compilation
  cd generated
  go_build -ldflags "-s -w" -o "$1/otelcol-contrib" .
}
