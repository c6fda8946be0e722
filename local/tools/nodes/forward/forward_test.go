package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is what a connection on the loopback address gets on a busy machine.
const patience = 10 * time.Second

func listenHere(t *testing.T) *net.TCPListener {
	t.Helper()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// serverThat answers every connection in its own way.
func serverThat(t *testing.T, answer func(*net.TCPConn)) string {
	t.Helper()
	listener := listenHere(t)
	go func() {
		for {
			connection, err := listener.AcceptTCP()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				answer(connection)
			}()
		}
	}()
	return listener.Addr().String()
}

// forwardTo passes connections on to a target; the address to call and the way to end it.
func forwardTo(t *testing.T, target string) (string, func()) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	listener := listenHere(t)
	ended := make(chan struct{})
	go func() {
		serve(ctx, []forwarding{{listener, target}})
		close(ended)
	}()
	end := func() {
		stop()
		select {
		case <-ended:
		case <-time.After(patience):
			t.Error("it does not end")
		}
	}
	t.Cleanup(end)
	return listener.Addr().String(), end
}

func call(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	connection, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		t.Fatal(err)
	}
	connection.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { connection.Close() })
	return connection.(*net.TCPConn)
}

func echo(connection *net.TCPConn) { io.Copy(connection, connection) }

func TestBytesArriveAsTheyWereInBothDirections(t *testing.T) {
	address, _ := forwardTo(t, serverThat(t, echo))
	sent := make([]byte, 1<<20)
	rand.Read(sent)
	connection := call(t, address)
	go func() {
		connection.Write(sent)
		connection.CloseWrite()
	}()
	received, err := io.ReadAll(connection)
	if err != nil || !bytes.Equal(sent, received) {
		t.Errorf("%d of %d bytes came back, %v", len(received), len(sent), err)
	}
}

// A client that has said everything still hears the answer: HTTP/1.0 and kubectl exec depend on it.
func TestAnswerComesAfterTheClientHasFinished(t *testing.T) {
	address, _ := forwardTo(t, serverThat(t, func(connection *net.TCPConn) {
		question, _ := io.ReadAll(connection)
		connection.Write([]byte("heard " + string(question)))
	}))
	connection := call(t, address)
	connection.Write([]byte("everything"))
	connection.CloseWrite()
	if answer, err := io.ReadAll(connection); err != nil || string(answer) != "heard everything" {
		t.Errorf("got %q, %v", answer, err)
	}
}

func TestClientCanGoOnAfterTheServerHasFinished(t *testing.T) {
	heard := make(chan string, 1)
	address, _ := forwardTo(t, serverThat(t, func(connection *net.TCPConn) {
		connection.Write([]byte("bye"))
		connection.CloseWrite()
		text, _ := io.ReadAll(connection)
		heard <- string(text)
	}))
	connection := call(t, address)
	if text, err := io.ReadAll(connection); err != nil || string(text) != "bye" {
		t.Fatalf("got %q, %v", text, err)
	}
	connection.Write([]byte("one more thing"))
	connection.CloseWrite()
	select {
	case text := <-heard:
		if text != "one more thing" {
			t.Errorf("the server heard %q", text)
		}
	case <-time.After(patience):
		t.Error("the server heard no end")
	}
}

func TestConnectionsDoNotWaitForOneAnother(t *testing.T) {
	address, _ := forwardTo(t, serverThat(t, echo))
	silent := call(t, address)
	for index := range 20 {
		connection := call(t, address)
		text := strconv.Itoa(index)
		connection.Write([]byte(text))
		connection.CloseWrite()
		if answer, err := io.ReadAll(connection); err != nil || string(answer) != text {
			t.Fatalf("connection %d: %q, %v", index, answer, err)
		}
	}
	silent.Write([]byte("still there"))
	silent.CloseWrite()
	if answer, _ := io.ReadAll(silent); string(answer) != "still there" {
		t.Errorf("got %q", answer)
	}
}

func TestConnectionEndsWhenNobodyIsThere(t *testing.T) {
	gone := listenHere(t)
	target := gone.Addr().String()
	gone.Close()
	address, _ := forwardTo(t, target)
	for range 3 {
		if answer, err := io.ReadAll(call(t, address)); len(answer) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %q, %v", answer, err)
		}
	}
}

// As when the process behind the target is killed.
func TestBrokenConnectionEndsOnBothSides(t *testing.T) {
	address, _ := forwardTo(t, serverThat(t, func(connection *net.TCPConn) {
		io.ReadFull(connection, make([]byte, 1))
		connection.SetLinger(0)
	}))
	connection := call(t, address)
	connection.Write([]byte("x"))
	if _, err := io.ReadAll(connection); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the client still waits")
	}
}

func TestNothingIsAcceptedAfterTheEnd(t *testing.T) {
	address, end := forwardTo(t, serverThat(t, echo))
	end()
	if connection, err := net.DialTimeout("tcp", address, patience); err == nil {
		connection.Close()
		t.Error("it was accepted")
	}
}

func TestCopyHalfHandsTheEndOn(t *testing.T) {
	near, far := pair(t)
	source, sink := pair(t)
	done := make(chan struct{})
	go func() { copyHalf(near, sink); close(done) }()
	source.Write([]byte("all of it"))
	source.CloseWrite()
	if text, err := io.ReadAll(far); err != nil || string(text) != "all of it" {
		t.Errorf("got %q, %v", text, err)
	}
	<-done
	// The other direction is open still.
	far.Write([]byte("back"))
	buffer := make([]byte, 4)
	if _, err := io.ReadFull(near, buffer); err != nil || string(buffer) != "back" {
		t.Errorf("got %q, %v", buffer, err)
	}
}

func TestCopyHalfClosesBothWhenOneIsBroken(t *testing.T) {
	near, far := pair(t)
	source, sink := pair(t)
	done := make(chan struct{})
	go func() { copyHalf(near, sink); close(done) }()
	source.SetLinger(0)
	source.Close()
	<-done
	if _, err := near.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("one side: %v", err)
	}
	if _, err := sink.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the other side: %v", err)
	}
	if _, err := io.ReadAll(far); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the peer was not told")
	}
}

// pair are the two ends of a connection.
func pair(t *testing.T) (*net.TCPConn, *net.TCPConn) {
	t.Helper()
	listener := listenHere(t)
	near := call(t, listener.Addr().String())
	far, err := listener.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	far.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { far.Close() })
	return near, far
}

func TestListenOpensSocketsThatSurviveExec(t *testing.T) {
	free := listenHere(t)
	address := free.Addr().String()
	free.Close()
	sockets, err := listen([]string{address + "=10.11.0.1:443"})
	if err != nil || len(sockets) != 1 {
		t.Fatalf("got %v, %v", sockets, err)
	}
	number, target, _ := strings.Cut(sockets[0], "=")
	fd, err := strconv.Atoi(number)
	if err != nil || target != "10.11.0.1:443" {
		t.Fatalf("got %q", sockets[0])
	}
	defer syscall.Close(fd)
	flags, _, failed := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
	if failed != 0 || flags&syscall.FD_CLOEXEC != 0 {
		t.Errorf("it is closed on exec: flags %d, %v", flags, failed)
	}
	call(t, address)
}

func TestRulesThatCanNotBeFollowedAreRefused(t *testing.T) {
	taken := listenHere(t).Addr().String()
	for name, test := range map[string]struct {
		namespace string
		rules     []string
		says      string
	}{
		"no rules":      {"/run/netns/x", nil, "usage: forward"},
		"no namespace":  {"", []string{"127.0.0.1:0=127.0.0.1:1"}, "usage: forward"},
		"no target":     {"/run/netns/x", []string{"127.0.0.1:0"}, `"127.0.0.1:0" is no LISTEN=TARGET`},
		"taken address": {"/run/netns/x", []string{taken + "=127.0.0.1:1"}, "address already in use"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := run(test.namespace, test.rules); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSocketsThatWereNotInheritedAreNamed(t *testing.T) {
	t.Setenv(inherited, "three=10.11.0.1:443")
	if err := run("", nil); err == nil || !strings.Contains(err.Error(), `FORWARD_SOCKETS="three=10.11.0.1:443"`) {
		t.Errorf("got %v", err)
	}
}
