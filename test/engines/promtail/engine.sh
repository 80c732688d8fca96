version=3.6.15
mains=(promtail=github.com/grafana/loki/v3/clients/cmd/promtail)
tags=netgo
ldflags="-X github.com/grafana/loki/v3/pkg/util/build.Version=$version"
