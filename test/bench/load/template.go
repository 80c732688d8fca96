package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// template is what a connection sends, over and over: the bodies of one cycle, in order. Tokens in them are given new
// values with every cycle, so that nothing is ever sent twice but on purpose.
type template struct {
	ContentType string `json:"contentType"`
	Bodies      []body `json:"bodies"`
}

type body struct {
	Body []byte `json:"body"`
	// Items that a receiver has to take.
	Items   int     `json:"items"`
	Patches []patch `json:"patches"`
	// Tokens that are ids of events.
	IDs []int `json:"ids"`
}

// patch is a place in a body that changes: a token (Length hex digits, dashes stay), a time (RFC 3339 in
// milliseconds) or a nano (fixed64 of protobuf).
type patch struct {
	Kind   string `json:"kind"`
	At     int    `json:"at"`
	Length int    `json:"length"`
	Token  int    `json:"token"`
}

func readTemplate(path string) (*template, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var t template
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, fmt.Errorf("template %s: %w", path, err)
	}
	if len(t.Bodies) == 0 {
		return nil, fmt.Errorf("template %s has no bodies", path)
	}
	return &t, nil
}

// cycle says whose values tokens have: one run, one connection, one time through the bodies.
type cycle struct {
	seed       uint64
	connection uint64
	number     uint64
}

// word is 64 bits of the value of a token: the same for the same cycle, and never seen elsewhere.
func (c cycle) word(token int, part int) uint64 {
	h := mix(c.seed)
	h = mix(h ^ c.connection)
	h = mix(h ^ c.number)
	return mix(h ^ (uint64(token)<<8 | uint64(part)))
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

const hexDigits = "0123456789abcdef"

// fill writes the values of a cycle into a copy of the body.
func (b *body) fill(into []byte, c cycle, now time.Time) {
	for i := range b.Patches {
		p := &b.Patches[i]
		at := into[p.At : p.At+p.Length]
		switch p.Kind {
		case "token":
			fillToken(at, c, p.Token)
		case "time":
			// Not in place: AppendFormat may use what lies behind as scratch.
			var text [40]byte
			copy(at, now.UTC().AppendFormat(text[:0], "2006-01-02T15:04:05.000Z"))
		case "nano":
			nano := uint64(now.UnixNano())
			for j := range 8 {
				at[j] = byte(nano >> (8 * j))
			}
		}
	}
}

func fillToken(at []byte, c cycle, token int) {
	var word uint64
	digits := 0
	for i := range at {
		if at[i] == '-' {
			continue
		}
		if digits%16 == 0 {
			word = c.word(token, digits/16)
		}
		at[i] = hexDigits[word&15]
		word >>= 4
		digits++
	}
}

// id is the value of a token of 32 digits, as 16 bytes.
func (c cycle) id(token int) [16]byte {
	var digits [32]byte
	fillToken(digits[:], c, token)
	var id [16]byte
	for i := range id {
		id[i] = unhex(digits[2*i])<<4 | unhex(digits[2*i+1])
	}
	return id
}

func unhex(digit byte) byte {
	if digit >= 'a' {
		return digit - 'a' + 10
	}
	return digit - '0'
}
