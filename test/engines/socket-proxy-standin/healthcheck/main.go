// Command healthcheck exits with 0 when the socket proxy beside it, started with -allowhealthcheck, reaches its socket.
package main

import (
	"log"
	"net/http"
	"time"
)

func main() {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Head("http://127.0.0.1:55555/health")
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		log.Fatal(response.Status)
	}
}
