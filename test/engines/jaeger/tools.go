//go:build tools

// Package engine pins what build.sh compiles.
package engine

import _ "github.com/jaegertracing/jaeger/cmd/jaeger"
