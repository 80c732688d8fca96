package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

func parse(t *testing.T, environ []string, args ...string) config {
	t.Helper()
	cfg, err := parseConfig(args, environ, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestAllowList(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	docker := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.URL.RequestURI())
	})}
	go docker.Serve(listener)
	t.Cleanup(func() { docker.Close() })

	const list = `/v1\..{1,2}/(containers/json|containers/[0-9a-f]+/logs)`
	byFlag := parse(t, []string{"SP_ALLOW_GET=/never"}, "-socketpath="+socket, "-allowGET="+list, "-allowGET=/version", "-allowHEAD=/_ping")
	byEnvironment := parse(t, []string{"SP_SOCKETPATH=" + socket, "SP_ALLOW_GET=" + list, "SP_ALLOW_GET_2=/version", "SP_ALLOW_HEAD=/_ping"})
	fromElsewhere := parse(t, nil, "-socketpath="+socket, "-allowGET=.*", "-allowfrom=10.0.0.0/8")
	fromHere := parse(t, nil, "-socketpath="+socket, "-allowGET=.*", "-allowfrom=10.0.0.0/8,localhost")

	for _, test := range []struct {
		name, method, path string
		cfg                config
		status             int
	}{
		{"list", "GET", "/v1.41/containers/json?all=1", byFlag, 200},
		{"second expression", "GET", "/version", byFlag, 200},
		{"flag wins over variable", "GET", "/never", byFlag, 403},
		{"whole path only", "GET", "/v1.41/containers/json/archive", byFlag, 403},
		{"path with dots", "GET", "/v1.41/containers/json/../../secrets", byFlag, 403},
		{"method without list", "POST", "/version", byFlag, 405},
		{"variables", "GET", "/v1.41/containers/0af1/logs?follow=1", byEnvironment, 200},
		{"numbered variable", "GET", "/version", byEnvironment, 200},
		{"HEAD", "HEAD", "/_ping", byEnvironment, 200},
		{"client elsewhere", "GET", "/version", fromElsewhere, 403},
		{"client by name", "GET", "/version", fromHere, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(newHandler(test.cfg))
			defer server.Close()
			request, _ := http.NewRequest(test.method, server.URL+test.path, nil)
			response, err := http.DefaultTransport.RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, _ := io.ReadAll(response.Body)
			if response.StatusCode != test.status {
				t.Errorf("status %d, want %d", response.StatusCode, test.status)
			}
			if test.status == 200 && test.method == "GET" && string(body) != test.path {
				t.Errorf("the socket saw %q, want %q", body, test.path)
			}
		})
	}
}

func TestConfigurationErrors(t *testing.T) {
	for _, test := range []struct {
		args, environ []string
		want          string
	}{
		{[]string{"-allowbindmountfrom=/home"}, nil, "not defined"},
		{nil, []string{"SP_PROXYCONTAINERNAME=x"}, "does not have it"},
		{[]string{"-allowGET=("}, nil, "allowGET"},
		{nil, []string{"SP_ALLOW_FETCH=.*"}, "no such method"},
		{[]string{"-listenip=proxy"}, nil, "listenip"},
		{[]string{"-proxyport=70000"}, nil, "no port"},
		{[]string{"-loglevel=loud"}, nil, "loglevel"},
		{[]string{"GET"}, nil, "unexpected argument"},
	} {
		_, err := parseConfig(test.args, test.environ, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v %v: %v, want %q", test.args, test.environ, err, test.want)
		}
	}
}
