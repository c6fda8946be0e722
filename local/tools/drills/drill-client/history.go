package main

import (
	"bufio"
	"encoding/json"
	"io"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// event is one line of the output. Times are in microseconds.
type event struct {
	// Type is "invoke" before an operation; "ok", "fail" (it had no effect) or "unknown" (it may have had one) after
	// it; "observe" for what Patroni says; "answer" to a command.
	Type string `json:"type"`
	// Operation is "write" or "read".
	Operation string `json:"operation,omitempty"`
	Entry     string `json:"entry,omitempty"`
	// Sequence counts the operations of one kind, from 1; the row of a write bears it.
	Sequence int64 `json:"sequence,omitempty"`
	// Monotonic is the machine's own clock: all processes on it agree, and nobody sets it.
	Monotonic int64 `json:"monotonic"`
	Wall      int64 `json:"wall"`

	// Server that answered, and the timeline on which it wrote.
	Server   string `json:"server,omitempty"`
	Timeline int64  `json:"timeline,omitempty"`
	// City that the server says it is in, when it was asked.
	City string `json:"city,omitempty"`
	// Recovery says whether a server that was read from follows another one.
	Recovery *bool `json:"recovery,omitempty"`
	// Newest row of each client that a read saw.
	Newest map[string]int64 `json:"newest,omitempty"`

	Error string `json:"error,omitempty"`
	// Code is the SQLSTATE of an error that has one.
	Code string `json:"code,omitempty"`

	ID     int `json:"id,omitempty"`
	Result any `json:"result,omitempty"`
}

// room for events that the reader of the output has not taken yet: minutes of them.
const room = 1 << 16

// history writes events in the order in which they were added, and keeps nobody waiting.
type history struct {
	events chan event
	done   sync.WaitGroup
}

func newHistory(output io.Writer) *history {
	h := &history{events: make(chan event, room)}
	h.done.Go(func() {
		buffered := bufio.NewWriter(output)
		encoder := json.NewEncoder(buffered)
		for each := range h.events {
			encoder.Encode(each)
			if len(h.events) == 0 {
				buffered.Flush()
			}
		}
		buffered.Flush()
	})
	return h
}

// add stamps an event with the time and hands it on.
func (h *history) add(each event) {
	each.Monotonic, each.Wall = monotonic(), time.Now().UnixMicro()
	h.events <- each
}

func (h *history) close() {
	close(h.events)
	h.done.Wait()
}

// monotonic is CLOCK_MONOTONIC in microseconds, which all processes of a machine share.
func monotonic() int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		panic(err)
	}
	return now.Nano() / 1000
}
