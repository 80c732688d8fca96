version=5.5.0
mains=(docker-compose=github.com/docker/compose/v5/cmd)
ldflags="-X github.com/docker/compose/v5/internal.Version=v$version"
