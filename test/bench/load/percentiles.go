package main

import (
	"slices"
	"time"
)

// percentiles of durations, milliseconds.
type percentiles struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func percentilesOf(durations []time.Duration) percentiles {
	if len(durations) == 0 {
		return percentiles{}
	}
	slices.Sort(durations)
	at := func(part float64) float64 {
		index := min(len(durations)-1, int(part*float64(len(durations))))
		return float64(durations[index]) / float64(time.Millisecond)
	}
	return percentiles{P50: at(0.5), P90: at(0.9), P99: at(0.99), Max: at(1)}
}
