//go:build tools

// Package engine pins what build.sh compiles.
package engine

import _ "github.com/open-telemetry/opentelemetry-collector-contrib/cmd/telemetrygen"
