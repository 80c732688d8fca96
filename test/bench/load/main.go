// Command load is the load generator of the benchmarks, and what stands at both ends of it.
//
//	load send    --url URL --template FILE ...   sends requests and prints what came of them as JSON
//	load sink    --listen HOST:PORT              an OTLP/HTTP back end that counts
//	load discard --listen HOST:PORT              answers 202 to everything: how fast can the generator be?
//
// sink and discard print their address on one line and run until they are killed.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("usage: load send|sink|discard [flags]"))
	}
	commands := map[string]func([]string) error{"send": runSend, "sink": runSink, "discard": runDiscard}
	command, known := commands[os.Args[1]]
	if !known {
		fail(fmt.Errorf("unknown command %q: want send, sink or discard", os.Args[1]))
	}
	if err := command(os.Args[2:]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "load:", err)
	os.Exit(1)
}
