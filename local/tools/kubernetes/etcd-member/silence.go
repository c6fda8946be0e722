package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long the other side of a connection may be silent: what etcd itself means to give it.
const patience = 5 * time.Second

// options make the kernel end a connection whose data nobody acknowledges for that long, and ask after one that is idle.
var options = []struct{ level, name, value int }{
	{unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(patience.Milliseconds())},
	{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 2},
	{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 1},
	{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3},
	{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
}

// limitSilence sets the options on every TCP socket of the process: etcd has no place where it would let others do so.
// Sockets that have them already are left alone. One that is closed meanwhile, or is of another kind, refuses them.
func limitSilence(directory string) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return
	}
	for _, entry := range entries {
		target, err := os.Readlink(filepath.Join(directory, entry.Name()))
		if err != nil || !strings.HasPrefix(target, "socket:") {
			continue
		}
		descriptor, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		for _, option := range options {
			now, err := unix.GetsockoptInt(descriptor, option.level, option.name)
			if err == nil && now != option.value {
				_ = unix.SetsockoptInt(descriptor, option.level, option.name, option.value)
			}
		}
	}
}
