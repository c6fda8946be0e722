package main

import (
	"net"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// valueOf reads an option of a socket of this process.
func valueOf(t *testing.T, socket syscall.Conn, level, name int) int {
	t.Helper()
	raw, err := socket.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var value int
	var failure error
	if err := raw.Control(func(descriptor uintptr) {
		value, failure = unix.GetsockoptInt(int(descriptor), level, name)
	}); err != nil || failure != nil {
		t.Fatal(err, failure)
	}
	return value
}

func TestBothEndsOfAConnectionEndWhenTheOtherIsSilent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dialed, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer dialed.Close()
	accepted, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()

	limitSilence("/proc/self/fd")

	for name, socket := range map[string]net.Conn{"dialed": dialed, "accepted": accepted} {
		for _, option := range options {
			if got := valueOf(t, socket.(syscall.Conn), option.level, option.name); got != option.value {
				t.Errorf("%s: option %d is %d, not %d", name, option.name, got, option.value)
			}
		}
	}
}

func TestSocketsOfOtherKindsAreLeftAlone(t *testing.T) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	limitSilence("/proc/self/fd")
	limitSilence("/nowhere")
	if _, err := socket.WriteTo([]byte("still there"), socket.LocalAddr()); err != nil {
		t.Error(err)
	}
}
