version=3.15.0
mains=(
  prometheus=github.com/prometheus/prometheus/cmd/prometheus
  promtool=github.com/prometheus/prometheus/cmd/promtool
)
# Docker's discovery alone: the others bring in every cloud's client.
tags=remove_all_sd,enable_docker_sd
ldflags="-X github.com/prometheus/common/version.Version=$version"
