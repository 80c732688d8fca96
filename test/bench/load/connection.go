package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"
)

const answerTimeout = 30 * time.Second

// connection is a kept-alive HTTP/1.1 connection that writes requests as they are and reads no more of an answer than
// it must: the generator has to cost less than what it measures.
type connection struct {
	address string
	socket  net.Conn
	reader  *bufio.Reader
	// When reading and writing end with an error.
	deadline time.Time
}

func (c *connection) close() {
	if c.socket != nil {
		c.socket.Close()
		c.socket = nil
	}
}

// post sends a whole request and answers the status of its response.
func (c *connection) post(request []byte) (int, error) {
	status, keep, err := c.exchange(request)
	if err != nil || !keep {
		c.close()
	}
	return status, err
}

func (c *connection) exchange(request []byte) (status int, keep bool, err error) {
	if c.socket == nil {
		if c.socket, err = net.Dial("tcp", c.address); err != nil {
			return 0, false, err
		}
		c.reader = bufio.NewReaderSize(c.socket, 16<<10)
		c.deadline = time.Time{}
	}
	// Not with every request: it costs as much as reading the answer.
	if now := time.Now(); now.After(c.deadline.Add(-answerTimeout)) {
		c.deadline = now.Add(2 * answerTimeout)
		if err = c.socket.SetDeadline(c.deadline); err != nil {
			return 0, false, err
		}
	}
	if _, err = c.socket.Write(request); err != nil {
		return 0, false, err
	}
	return readResponse(c.reader)
}

var errHead = errors.New("not HTTP/1.1 with a content-length")

func readResponse(reader *bufio.Reader) (status int, keep bool, err error) {
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return 0, false, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, false, errHead
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, false, errHead
	}
	length, keep, err := readHeaders(reader)
	if err != nil {
		return 0, false, err
	}
	_, err = reader.Discard(length)
	return status, keep, err
}

// readHeaders reads to the empty line before the body.
func readHeaders(reader *bufio.Reader) (length int, keep bool, err error) {
	length, keep = -1, true
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("content-length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, false, errHead
			}
		case bytes.EqualFold(name, []byte("connection")):
			keep = !bytes.EqualFold(value, []byte("close"))
		}
	}
	if length < 0 {
		return 0, false, errHead
	}
	return length, keep, nil
}

// requestHead is everything before the body of a POST.
func requestHead(target *url.URL, contentType string, length int) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nhost: %s\r\ncontent-type: %s\r\ncontent-length: %d\r\n\r\n",
		target.RequestURI(), target.Host, contentType, length)
}
