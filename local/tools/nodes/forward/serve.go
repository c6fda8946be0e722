package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Everything is on one machine: a target that takes longer to answer than this is not there.
const dialTimeout = 5 * time.Second

type forwarding struct {
	listener net.Listener
	target   string
}

// serve passes connections on until the context ends.
func serve(ctx context.Context, forwardings []forwarding) {
	var accepting sync.WaitGroup
	for _, each := range forwardings {
		context.AfterFunc(ctx, func() { each.listener.Close() })
		accepting.Go(func() { each.accept(ctx) })
	}
	accepting.Wait()
}

func (f forwarding) accept(ctx context.Context) {
	for {
		client, err := f.listener.Accept()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			slog.Warn("accepting failed", "target", f.target, "error", err)
			// Out of file descriptors, most likely: connections that end give some back.
			time.Sleep(100 * time.Millisecond)
		default:
			go f.pass(ctx, client.(*net.TCPConn))
		}
	}
}

func (f forwarding) pass(ctx context.Context, client *net.TCPConn) {
	defer client.Close()
	connection, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", f.target)
	if err != nil {
		slog.Debug("no answer", "target", f.target, "error", err)
		return
	}
	server := connection.(*net.TCPConn)
	defer server.Close()
	var copying sync.WaitGroup
	copying.Go(func() { copyHalf(server, client) })
	copying.Go(func() { copyHalf(client, server) })
	copying.Wait()
}

// copyHalf copies one direction to its end and hands the end on, so that the other direction can finish. A broken
// connection ends both.
func copyHalf(to, from *net.TCPConn) {
	if _, err := io.Copy(to, from); err != nil {
		to.Close()
		from.Close()
		return
	}
	to.CloseWrite()
}
