package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

// nameServerMain answers questions for names, RFC 1035, until its standard input ends: those with silent in them not at all,
// those with broken with SERVFAIL, those with here with this machine's own address, and others with NXDOMAIN.
func nameServerMain() {
	conn, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		panic(err)
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		conn.Close()
	}()
	fmt.Println("ready")
	for packet := make([]byte, 512); ; {
		n, from, err := conn.ReadFrom(packet)
		if err != nil {
			return
		}
		if answer := answerName(packet[:n]); answer != nil {
			conn.WriteTo(answer, from)
		}
	}
}

// answerName is the answer to a packet with one question; nil: none.
func answerName(query []byte) []byte {
	const header, typeA = 12, 1
	question := query[header:]
	end := strings.IndexByte(string(question), 0) + 1 // of the name
	name, asked := string(question[:end]), question[end+1]
	question = question[:end+4]
	code, answers := byte(3), byte(0) // NXDOMAIN
	switch {
	case strings.Contains(name, "silent"):
		return nil
	case strings.Contains(name, "broken"):
		code = 2 // SERVFAIL
	case strings.Contains(name, "here"):
		code = 0
		if asked == typeA {
			answers = 1
		}
	}
	packet := append([]byte{query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, answers, 0, 0, 0, 0}, question...)
	if answers == 1 { // the name of the question, class IN, a second to live, four bytes
		packet = append(packet, 0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1)
	}
	return packet
}
