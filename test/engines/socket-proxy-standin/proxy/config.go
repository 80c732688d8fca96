package main

import (
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "TRACE", "OPTIONS"}

type config struct {
	listen        string
	socket        string
	allowFrom     []string
	allow         map[string][]*regexp.Regexp // by method; a method that is missing is forbidden
	healthcheck   bool
	watchdog      time.Duration // 0: none
	stopOnFailure bool
	grace         time.Duration
	logLevel      slog.Level
	logJSON       bool
}

// parseConfig reads the flags and the SP_* variables of wollomatic/socket-proxy; a flag wins over its variable. What the
// stand-in does not have (bind mounts, per-container lists, unix endpoint) is an error, as an unknown flag is, so that a
// test cannot pass because an option was ignored.
func parseConfig(args, environ []string, output io.Writer) (config, error) {
	environment := map[string]string{}
	allowFromEnvironment := map[string][]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if value == "" {
			continue
		}
		// SP_ALLOW_GET, SP_ALLOW_GET_2, ...
		if rest, ok := strings.CutPrefix(name, "SP_ALLOW_"); ok {
			method, _, _ := strings.Cut(rest, "_")
			allowFromEnvironment[method] = append(allowFromEnvironment[method], value)
		} else if rest, ok := strings.CutPrefix(name, "SP_"); ok {
			environment[strings.ToLower(rest)] = value
		}
	}

	flags := flag.NewFlagSet("socket-proxy", flag.ContinueOnError)
	flags.SetOutput(output)
	allowFrom := flags.String("allowfrom", "127.0.0.1/32", "addresses, networks or host names that may connect, by comma")
	listenIP := flags.String("listenip", "127.0.0.1", "address to listen on")
	proxyPort := flags.Uint("proxyport", 2375, "port to listen on")
	socketPath := flags.String("socketpath", "/var/run/docker.sock", "socket that requests go to")
	healthcheck := flags.Bool("allowhealthcheck", false, "answer the health check")
	watchdog := flags.Uint("watchdoginterval", 0, "seconds between looks at the socket; 0: none")
	stop := flags.Bool("stoponwatchdog", false, "stop when the socket is gone")
	grace := flags.Uint("shutdowngracetime", 10, "seconds that open requests get at the end")
	level := flags.String("loglevel", "INFO", "DEBUG, INFO, WARN or ERROR")
	logJSON := flags.Bool("logjson", false, "log as JSON")
	allowFromFlags := map[string][]string{}
	for _, method := range methods {
		flags.Func("allow"+method, "expression for the paths of "+method, func(value string) error {
			allowFromFlags[method] = append(allowFromFlags[method], value)
			return nil
		})
	}
	for name, value := range environment {
		if flags.Lookup(name) == nil {
			return config{}, fmt.Errorf("SP_%s: the stand-in does not have it", strings.ToUpper(name))
		}
		if err := flags.Set(name, value); err != nil {
			return config{}, fmt.Errorf("SP_%s: %w", strings.ToUpper(name), err)
		}
	}
	if err := flags.Parse(args); err != nil {
		return config{}, err
	}
	if flags.NArg() > 0 {
		return config{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}

	result := config{
		socket:        *socketPath,
		allowFrom:     strings.Split(*allowFrom, ","),
		allow:         map[string][]*regexp.Regexp{},
		healthcheck:   *healthcheck,
		watchdog:      time.Duration(*watchdog) * time.Second,
		stopOnFailure: *stop,
		grace:         time.Duration(*grace) * time.Second,
		logJSON:       *logJSON,
	}
	if _, err := netip.ParseAddr(*listenIP); err != nil {
		return config{}, fmt.Errorf("listenip: %w", err)
	}
	if *proxyPort < 1 || *proxyPort > 65535 {
		return config{}, fmt.Errorf("proxyport: %d is no port", *proxyPort)
	}
	result.listen = net.JoinHostPort(*listenIP, strconv.FormatUint(uint64(*proxyPort), 10))
	if err := result.logLevel.UnmarshalText([]byte(*level)); err != nil {
		return config{}, fmt.Errorf("loglevel: %w", err)
	}
	for method := range allowFromEnvironment {
		if !slices.Contains(methods, method) {
			return config{}, fmt.Errorf("SP_ALLOW_%s: no such method", method)
		}
	}
	for _, method := range methods {
		patterns := allowFromFlags[method]
		if len(patterns) == 0 {
			patterns = allowFromEnvironment[method]
		}
		for _, pattern := range patterns {
			expression, err := regexp.Compile("^(?:" + pattern + ")$")
			if err != nil {
				return config{}, fmt.Errorf("allow%s: %w", method, err)
			}
			result.allow[method] = append(result.allow[method], expression)
		}
	}
	return result, nil
}
