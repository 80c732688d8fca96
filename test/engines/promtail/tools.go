//go:build tools

// Package engine pins what build.sh compiles.
package engine

import _ "github.com/grafana/loki/v3/clients/cmd/promtail"
