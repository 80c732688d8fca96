//go:build tools

// Package engine pins what build.sh compiles.
package engine

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
