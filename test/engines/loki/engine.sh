version=3.7.8
mains=(
  loki=github.com/grafana/loki/v3/cmd/loki
  logcli=github.com/grafana/loki/v3/cmd/logcli
)
tags=netgo
ldflags="-X github.com/grafana/loki/v3/pkg/util/build.Version=$version"
