// Command socket-proxy stands in for the image wollomatic/socket-proxy in tests: the same flags and variables for
// what the product uses of it, the same answers (403 for a path or an address, 405 for a method).
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	cfg, err := parseConfig(os.Args[1:], os.Environ(), os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(0)
	}
	if err != nil {
		slog.Error("configuration", "error", err)
		os.Exit(1)
	}
	options := &slog.HandlerOptions{Level: cfg.logLevel}
	if cfg.logJSON {
		slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, options)))
	} else {
		slog.SetDefault(slog.New(slog.NewTextHandler(os.Stdout, options)))
	}
	os.Exit(run(cfg))
}

// run serves until a signal or the watchdog ends it, and returns the exit code.
func run(cfg config) int {
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer cancel()
	if err := checkSocket(cfg.socket); err != nil {
		slog.Error("socket", "error", err)
		return 2
	}
	listener, err := net.Listen("tcp", cfg.listen)
	if err != nil {
		slog.Error("listen", "error", err)
		return 2
	}
	// No timeouts: logs and events are followed for as long as the client wants.
	server := &http.Server{Handler: newHandler(cfg)}
	failed := make(chan error, 3)
	go func() { failed <- server.Serve(listener) }()
	if cfg.healthcheck {
		go func() { failed <- http.ListenAndServe("127.0.0.1:55555", healthHandler(cfg.socket)) }()
	}
	if cfg.watchdog > 0 {
		go watch(stop, cfg, failed)
	}
	slog.Info("listening", "address", cfg.listen, "socket", cfg.socket)

	code := 0
	select {
	case <-stop.Done():
	case err := <-failed:
		slog.Error("stopping", "error", err)
		code = 10
	}
	grace, cancelGrace := context.WithTimeout(context.Background(), cfg.grace)
	defer cancelGrace()
	if err := server.Shutdown(grace); err != nil {
		slog.Warn("open requests cut", "error", err)
	}
	return code
}

func watch(stop context.Context, cfg config, failed chan<- error) {
	ticker := time.NewTicker(cfg.watchdog)
	defer ticker.Stop()
	for {
		select {
		case <-stop.Done():
			return
		case <-ticker.C:
		}
		err := checkSocket(cfg.socket)
		if err == nil {
			continue
		}
		slog.Error("socket", "error", err)
		if cfg.stopOnFailure {
			failed <- err
			return
		}
	}
}

func checkSocket(path string) error {
	connection, err := net.DialTimeout("unix", path, 5*time.Second)
	if err != nil {
		return err
	}
	return connection.Close()
}

func healthHandler(socket string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("HEAD /health", func(w http.ResponseWriter, _ *http.Request) {
		if err := checkSocket(socket); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	return mux
}

func newHandler(cfg config) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.Out.URL.Scheme = "http"
			request.Out.URL.Host = "docker"
		},
		// Followed logs reach the client line by line.
		FlushInterval: -1,
		Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "unix", cfg.socket)
		}},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if status, reason := refusal(cfg, request); status != 0 {
			slog.Warn("blocked request", "reason", reason, "method", request.Method, "URL", request.URL.String(), "client", request.RemoteAddr, "response", status)
			http.Error(w, http.StatusText(status), status)
			return
		}
		slog.Debug("allowed request", "method", request.Method, "URL", request.URL.String(), "client", request.RemoteAddr)
		proxy.ServeHTTP(w, request)
	})
}

// refusal returns the status that answers a request which the lists do not allow, or 0.
func refusal(cfg config, request *http.Request) (int, string) {
	if !clientAllowed(cfg.allowFrom, request.RemoteAddr) {
		return http.StatusForbidden, "forbidden IP"
	}
	patterns, ok := cfg.allow[request.Method]
	if !ok {
		return http.StatusMethodNotAllowed, "method not allowed"
	}
	for _, pattern := range patterns {
		if pattern.MatchString(request.URL.Path) {
			return 0, ""
		}
	}
	return http.StatusForbidden, "path not allowed"
}

func clientAllowed(allowFrom []string, remote string) bool {
	endpoint, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	client := endpoint.Addr().Unmap()
	for _, entry := range allowFrom {
		if network, err := netip.ParsePrefix(entry); err == nil {
			if network.Contains(client) {
				return true
			}
			continue
		}
		// A host name, asked anew each time: containers come back with other addresses.
		addresses, err := net.LookupIP(entry)
		if err != nil {
			slog.Warn("unknown host in allowfrom", "host", entry, "error", err)
		}
		for _, address := range addresses {
			if parsed, ok := netip.AddrFromSlice(address); ok && parsed.Unmap() == client {
				return true
			}
		}
	}
	return false
}
