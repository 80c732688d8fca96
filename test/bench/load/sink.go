package main

import (
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"hash/maphash"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// sink is an OTLP/HTTP back end that keeps nothing but counts. What comes under /raw is counted apart.
//
//	GET /state             what came, by path
//	PUT /answer?status=503 answers so from now on; 200 = takes what comes
type sink struct {
	status atomic.Int64
	mutex  sync.Mutex
	paths  map[string]*received
	seed   maphash.Seed
}

// received is what came to one path. Equal log records count once in Distinct.
type received struct {
	Requests int64 `json:"requests"`
	Refused  int64 `json:"refused"`
	Bytes    int64 `json:"bytes"`
	Sent     int64 `json:"sentBytes"`
	Records  int64 `json:"records"`
	Distinct int64 `json:"distinct"`
	seen     map[uint64]struct{}
}

func runSink(arguments []string) error {
	flags := flag.NewFlagSet("sink", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	s := &sink{paths: map[string]*received{}, seed: maphash.MakeSeed()}
	s.status.Store(http.StatusOK)
	fmt.Println(listener.Addr())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /state", s.state)
	mux.HandleFunc("PUT /answer", s.setAnswer)
	mux.HandleFunc("POST /", s.take)
	return http.Serve(listener, mux)
}

func (s *sink) state(response http.ResponseWriter, _ *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	response.Header().Set("content-type", "application/json")
	if err := json.NewEncoder(response).Encode(s.paths); err != nil {
		fail(err)
	}
}

func (s *sink) setAnswer(response http.ResponseWriter, request *http.Request) {
	status, err := strconv.Atoi(request.URL.Query().Get("status"))
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	s.status.Store(int64(status))
}

func (s *sink) take(response http.ResponseWriter, request *http.Request) {
	sent, err := io.ReadAll(request.Body)
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	if status := int(s.status.Load()); status != http.StatusOK {
		s.count(request.URL.Path, func(r *received) { r.Refused++ })
		http.Error(response, "told to refuse", status)
		return
	}
	body := sent
	if request.Header.Get("content-encoding") == "gzip" {
		if body, err = inflate(sent); err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
	}
	var hashes []uint64
	if strings.HasSuffix(request.URL.Path, "/v1/logs") {
		if err := eachLogRecord(body, func(record []byte) {
			hashes = append(hashes, maphash.Bytes(s.seed, record))
		}); err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
	}
	s.count(request.URL.Path, func(r *received) {
		r.Requests++
		r.Sent += int64(len(sent))
		r.Bytes += int64(len(body))
		r.Records += int64(len(hashes))
		for _, hash := range hashes {
			r.seen[hash] = struct{}{}
		}
		r.Distinct = int64(len(r.seen))
	})
	response.Header().Set("content-type", "application/x-protobuf")
	response.WriteHeader(http.StatusOK)
}

func (s *sink) count(path string, change func(*received)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	r := s.paths[path]
	if r == nil {
		r = &received{seen: map[uint64]struct{}{}}
		s.paths[path] = r
	}
	change(r)
}

func inflate(body []byte) ([]byte, error) {
	reader, err := gzip.NewReader(strings.NewReader(string(body)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}
