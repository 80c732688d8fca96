# The v2 binary of the module's v1.76.0. No `go mod tidy` here: go.sum started as the one inside the module, since some of
# its hashes are not in the checksum database.
version=2.13.0
mains=(jaeger-linux=github.com/jaegertracing/jaeger/cmd/jaeger)
ldflags="-X github.com/jaegertracing/jaeger/internal/version.latestVersion=v$version"
