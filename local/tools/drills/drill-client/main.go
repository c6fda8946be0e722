// Drill-client is one city's client of the database in a drill. It runs in the network of that city, writes and reads
// at a steady rate whatever happens to the answers, watches what Patroni says there, and tells all of it as one JSON
// object a line on its standard output.
//
// Its first line of input is its settings, password included; every further one is a command. It ends when its input
// does.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

func main() {
	// An interrupt of the terminal is for the drill, which heals what it broke first and then closes our input.
	signal.Ignore(syscall.SIGINT)
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "drill-client:", err)
		os.Exit(1)
	}
}

func run(input io.Reader, output io.Writer) error {
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		return fmt.Errorf("no settings on standard input")
	}
	settings, err := parseSettings(lines.Bytes())
	if err != nil {
		return err
	}
	history := newHistory(output)
	defer history.close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	client, err := newClient(settings, history)
	if err != nil {
		return err
	}
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	work.Go(func() { client.observer.watch(ctx) })
	for lines.Scan() {
		var order command
		if err := json.Unmarshal(lines.Bytes(), &order); err != nil {
			return fmt.Errorf("a command is no JSON: %w", err)
		}
		if order.Name == "members" {
			// Takes no time, and only the newest of them may count.
			client.obey(ctx, order)
			continue
		}
		// A command that takes its time must not keep the next one waiting: stopping a load is one.
		work.Go(func() { client.obey(ctx, order) })
	}
	client.stopLoad()
	return lines.Err()
}

// command is what the drill wants done; fields that belong to other names are empty.
type command struct {
	// Id comes back in the answer.
	ID   int    `json:"id"`
	Name string `json:"command"`
	// Members to watch, for "members".
	Members map[string]member `json:"members"`
	// Run names the rows of one drill, for "load" and "rows".
	Run string `json:"run"`
	// Clients are the names of all clients of the run, for "load".
	Clients         []string `json:"clients"`
	WritesPerSecond float64  `json:"writesPerSecond"`
	ReadsPerSecond  float64  `json:"readsPerSecond"`
	// Entry point to read from, for "rows".
	Entry string `json:"entry"`
	// Bytes of WAL to write and how many a second, for "wal".
	Bytes          int64 `json:"bytes"`
	BytesPerSecond int64 `json:"bytesPerSecond"`
	// URL of an etcd member's metrics, for "etcd".
	URL string `json:"url"`
}

// client is all that a city's client does.
type client struct {
	settings settings
	history  *history
	entries  map[string]*entryPoint
	observer *observer

	mutex sync.Mutex
	load  *load
}

func newClient(settings settings, history *history) (*client, error) {
	entries := map[string]*entryPoint{}
	for name, address := range settings.EntryPoints {
		entry, err := newEntryPoint(settings, address)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		entries[name] = entry
	}
	for _, name := range []string{writeEntry, readEntries[0], readEntries[1]} {
		if entries[name] == nil {
			return nil, fmt.Errorf("the settings have no entry point %q", name)
		}
	}
	observer, err := newObserver(settings, history)
	if err != nil {
		return nil, err
	}
	return &client{settings: settings, history: history, entries: entries, observer: observer}, nil
}

// obey does one command and answers it.
func (c *client) obey(ctx context.Context, order command) {
	result, err := c.perform(ctx, order)
	answer := event{Type: "answer", ID: order.ID, Result: result}
	if err != nil {
		answer.Error = err.Error()
	}
	c.history.add(answer)
}

func (c *client) perform(ctx context.Context, order command) (any, error) {
	switch order.Name {
	case "members":
		c.observer.setMembers(order.Members)
		return nil, nil
	case "prepare":
		return nil, prepare(ctx, c.entries[writeEntry])
	case "load":
		return nil, c.startLoad(ctx, order)
	case "stop":
		c.stopLoad()
		return nil, nil
	case "rows":
		return rowsOf(ctx, c.entries[order.Entry], order.Run)
	case "wal":
		return nil, writeAhead(ctx, c.entries[writeEntry], order.Bytes, order.BytesPerSecond)
	case "etcd":
		return isEtcdLeader(ctx, order.URL)
	}
	return nil, fmt.Errorf("there is no command %q", order.Name)
}

func (c *client) startLoad(ctx context.Context, order command) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.load != nil {
		return fmt.Errorf("there is a load already")
	}
	c.load = startLoad(ctx, c, order)
	return nil
}

// stopLoad ends the load and waits for what is under way.
func (c *client) stopLoad() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.load != nil {
		c.load.stop()
		c.load = nil
	}
}
