package main

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

// load is a steady stream of operations. It is open-loop: the next one starts when its time has come, however long the
// last one takes, as users do who know nothing of each other.
type load struct {
	stopped context.CancelFunc
	work    sync.WaitGroup
}

func startLoad(ctx context.Context, c *client, order command) *load {
	ctx, stop := context.WithCancel(ctx)
	l := &load{stopped: stop}
	clients, _ := json.Marshal(order.Clients)
	l.every(ctx, order.WritesPerSecond, func(sequence int64) { c.write(order.Run, sequence) })
	l.every(ctx, order.ReadsPerSecond, func(sequence int64) { c.read(order.Run, string(clients), sequence) })
	return l
}

// every starts an operation so many times a second.
func (l *load) every(ctx context.Context, perSecond float64, operation func(sequence int64)) {
	if perSecond <= 0 {
		return
	}
	l.work.Go(func() {
		start := time.Now()
		for sequence := int64(1); ; sequence++ {
			due := start.Add(time.Duration(float64(sequence-1) / perSecond * float64(time.Second)))
			if !sleepUntil(ctx, due) {
				return
			}
			l.work.Go(func() { operation(sequence) })
		}
	})
}

func (l *load) stop() {
	l.stopped()
	l.work.Wait()
}

func (c *client) write(run string, sequence int64) {
	about := event{Operation: "write", Entry: writeEntry, Sequence: sequence}
	c.operate(about, func(ctx context.Context, result *event) error {
		by, err := write(ctx, c.entries[writeEntry], run, c.settings.City, sequence)
		result.Server, result.Timeline = by.server, by.timeline
		return err
	})
}

// read asks the entry points for reading by turns.
func (c *client) read(run, clients string, sequence int64) {
	about := event{Operation: "read", Entry: readEntries[sequence%int64(len(readEntries))], Sequence: sequence}
	c.operate(about, func(ctx context.Context, result *event) error {
		seen, err := read(ctx, c.entries[about.Entry], run, clients)
		if err == nil {
			result.Server, result.City, result.Newest, result.Recovery = seen.server, seen.city, seen.newest, &seen.recovery
		}
		return err
	})
}

// operate writes down that an operation starts and how it ends. What is under way when a load stops may finish.
func (c *client) operate(about event, work func(context.Context, *event) error) {
	about.Type = "invoke"
	c.history.add(about)
	err := work(context.Background(), &about)
	about.Type = outcome(err)
	if err != nil {
		about.Error, about.Code = err.Error(), codeOf(err)
	}
	c.history.add(about)
}
