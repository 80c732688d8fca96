package main

import (
	"bufio"
	"flag"
	"fmt"
	"net"
)

// runDiscard answers 202 to whatever comes, with as little work as there can be.
func runDiscard(arguments []string) error {
	flags := flag.NewFlagSet("discard", flag.ExitOnError)
	listen := flags.String("listen", "127.0.0.1:0", "")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	for {
		socket, err := listener.Accept()
		if err != nil {
			return err
		}
		go discard(socket)
	}
}

var accepted = []byte("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")

func discard(socket net.Conn) {
	defer socket.Close()
	reader := bufio.NewReaderSize(socket, 64<<10)
	for {
		if _, err := reader.ReadSlice('\n'); err != nil {
			return
		}
		length, _, err := readHeaders(reader)
		if err != nil {
			return
		}
		if _, err := reader.Discard(length); err != nil {
			return
		}
		if _, err := socket.Write(accepted); err != nil {
			return
		}
	}
}
