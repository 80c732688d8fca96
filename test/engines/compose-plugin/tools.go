//go:build tools

// Package engine pins what build.sh compiles.
package engine

import _ "github.com/docker/compose/v5/cmd"
