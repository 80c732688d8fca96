package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// sendOptions says what is sent and how.
type sendOptions struct {
	target      *url.URL
	template    *template
	connections int
	// How long nothing is measured, and how long it is then.
	warmup, window time.Duration
	// Requests a second, all connections together; 0 = each sends when it has its answer.
	rate float64
	// How many requests are sent once more, byte by byte, as a sender does that missed the answer.
	duplicates float64
	// Items after which to stop, all connections together; 0 = when the window ends.
	items int64
	seed  uint64
}

// sendResult is printed as JSON. Items are what the template says that they are: events or records.
type sendResult struct {
	// Of the window alone.
	Seconds  float64 `json:"seconds"`
	Requests int64   `json:"requests"`
	Items    int64   `json:"items"`
	// From the moment a request was due to its answer, milliseconds.
	LatencyMs percentiles `json:"latencyMs"`
	// Of the whole run: items that were acknowledged once or more, and bytes of all acknowledged bodies.
	DistinctItems    int64 `json:"distinctItems"`
	DistinctRequests int64 `json:"distinctRequests"`
	AckedItems       int64 `json:"ackedItems"`
	AckedBytes       int64 `json:"ackedBytes"`
	// How often what was answered that is not 2xx; "error" = no answer. All of these were sent again.
	Refused map[string]int64 `json:"refused"`
	// What the generator itself used.
	CPUSeconds float64 `json:"cpuSeconds"`
	RunSeconds float64 `json:"runSeconds"`
}

func runSend(arguments []string) error {
	flags := flag.NewFlagSet("send", flag.ExitOnError)
	address := flags.String("url", "", "where to POST to")
	templatePath := flags.String("template", "", "file with the bodies")
	connections := flags.Int("connections", 64, "")
	warmup := flags.Float64("warmup", 1, "seconds before measuring")
	window := flags.Float64("seconds", 5, "seconds of measuring")
	rate := flags.Float64("rate", 0, "requests a second, 0 = as fast as answers come")
	duplicates := flags.Float64("duplicates", 0.05, "part of the requests that is sent twice")
	items := flags.Int64("items", 0, "stop after so many items")
	seed := flags.Uint64("seed", 1, "")
	acked := flags.String("acked", "", "file for the ids of acknowledged events, 16 bytes each")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	target, err := url.Parse(*address)
	if err != nil {
		return err
	}
	t, err := readTemplate(*templatePath)
	if err != nil {
		return err
	}
	senders := send(sendOptions{
		target: target, template: t, connections: *connections,
		warmup: seconds(*warmup), window: seconds(*window),
		rate: *rate, duplicates: *duplicates, items: *items, seed: *seed,
	})
	if *acked != "" {
		if err := writeIDs(*acked, senders.all); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(senders.result())
}

func seconds(value float64) time.Duration { return time.Duration(value * float64(time.Second)) }

type run struct {
	all      []*sender
	start    time.Time
	measured time.Duration
	took     time.Duration
}

func send(options sendOptions) *run {
	start := time.Now()
	var sent atomic.Int64
	var group sync.WaitGroup
	r := &run{start: start, measured: options.window}
	for i := range options.connections {
		s := newSender(options, uint64(i), start, &sent)
		r.all = append(r.all, s)
		group.Go(s.run)
	}
	group.Wait()
	r.took = time.Since(start)
	if options.items > 0 {
		r.measured = r.took - options.warmup
	}
	return r
}

// sender is one connection and what became of its requests.
type sender struct {
	options    sendOptions
	index      uint64
	start      time.Time
	sent       *atomic.Int64
	connection connection
	random     *rand.Rand
	// Whole requests, one per body; heads[i] bytes come before the body.
	requests [][]byte
	heads    []int
	due      int64

	latencies []time.Duration
	inWindow  struct{ requests, items int64 }
	acked     struct{ items, distinctItems, distinctRequests, bytes int64 }
	refused   map[string]int64
	ids       [][16]byte
}

func newSender(options sendOptions, index uint64, start time.Time, sent *atomic.Int64) *sender {
	s := &sender{
		options: options, index: index, start: start, sent: sent,
		connection: connection{address: options.target.Host},
		random:     rand.New(rand.NewPCG(options.seed, index)),
		refused:    map[string]int64{},
	}
	for _, b := range options.template.Bodies {
		head := requestHead(options.target, options.template.ContentType, len(b.Body))
		s.heads = append(s.heads, len(head))
		s.requests = append(s.requests, append([]byte(head), b.Body...))
	}
	return s
}

func (s *sender) run() {
	defer s.connection.close()
	end := s.start.Add(s.options.warmup + s.options.window)
	bodies := s.options.template.Bodies
	for number := uint64(0); ; number++ {
		values := cycle{seed: s.options.seed, connection: s.index, number: number}
		for i := range bodies {
			b := &bodies[i]
			if s.isOver(b, end) {
				return
			}
			s.awaitTurn()
			b.fill(s.requests[i][s.heads[i]:], values, time.Now())
			if !s.deliver(i, end) {
				return
			}
			s.acked.distinctItems += int64(b.Items)
			s.acked.distinctRequests++
			for _, token := range b.IDs {
				s.ids = append(s.ids, values.id(token))
			}
			if s.random.Float64() < s.options.duplicates {
				s.awaitTurn()
				if !s.deliver(i, end) {
					return
				}
			}
		}
	}
}

func (s *sender) isOver(b *body, end time.Time) bool {
	if s.options.items > 0 {
		return s.sent.Add(int64(b.Items)) > s.options.items
	}
	return time.Now().After(end)
}

// awaitTurn sleeps until the next request is due, where a rate is given. A sender that comes late sends at once, and
// what it is late counts as latency.
func (s *sender) awaitTurn() {
	if s.options.rate == 0 {
		return
	}
	time.Sleep(time.Until(s.dueAt()))
}

func (s *sender) dueAt() time.Time {
	place := float64(s.due*int64(s.options.connections) + int64(s.index))
	return s.start.Add(seconds(place / s.options.rate))
}

// deliver sends a request until it is acknowledged. It gives up 10 s after the end.
func (s *sender) deliver(i int, end time.Time) bool {
	from := time.Now()
	if s.options.rate > 0 {
		// Waking up late is the fault of this program's timers, being busy with the last request is not.
		if due := s.dueAt(); from.Sub(due) > 2*time.Millisecond {
			from = due
		}
		s.due++
	}
	for {
		status, err := s.connection.post(s.requests[i])
		now := time.Now()
		if err == nil && status >= 200 && status < 300 {
			s.acknowledged(i, from, now)
			return true
		}
		name := "error"
		if err == nil {
			name = fmt.Sprint(status)
		}
		s.refused[name]++
		if s.options.items == 0 && now.After(end.Add(10*time.Second)) {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (s *sender) acknowledged(i int, from, now time.Time) {
	items := int64(s.options.template.Bodies[i].Items)
	s.acked.items += items
	s.acked.bytes += int64(len(s.requests[i]) - s.heads[i])
	since := now.Sub(s.start)
	if since < s.options.warmup || (s.options.items == 0 && since > s.options.warmup+s.options.window) {
		return
	}
	s.inWindow.requests++
	s.inWindow.items += items
	s.latencies = append(s.latencies, now.Sub(from))
}

func (r *run) result() sendResult {
	result := sendResult{Seconds: r.measured.Seconds(), RunSeconds: r.took.Seconds(), Refused: map[string]int64{}}
	var latencies []time.Duration
	for _, s := range r.all {
		result.Requests += s.inWindow.requests
		result.Items += s.inWindow.items
		result.DistinctItems += s.acked.distinctItems
		result.DistinctRequests += s.acked.distinctRequests
		result.AckedItems += s.acked.items
		result.AckedBytes += s.acked.bytes
		latencies = append(latencies, s.latencies...)
		for name, count := range s.refused {
			result.Refused[name] += count
		}
	}
	result.LatencyMs = percentilesOf(latencies)
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err == nil {
		result.CPUSeconds = float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
	}
	return result
}

func writeIDs(path string, senders []*sender) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	for _, s := range senders {
		for _, id := range s.ids {
			if _, err := file.Write(id[:]); err != nil {
				return err
			}
		}
	}
	return nil
}
