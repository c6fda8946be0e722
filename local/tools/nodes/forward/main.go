// Forward makes servers inside a network namespace reachable on the loopback address of the machine: it listens
// outside, moves into the namespace, and passes every connection on from there. The machine's own network stays as it
// is, and nothing but loopback traffic leaves it.
//
//	forward -namespace /run/netns/NAME LISTEN=TARGET [LISTEN=TARGET ...]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Names the inherited sockets to the second stage: "FD=TARGET FD=TARGET".
const inherited = "FORWARD_SOCKETS"

func main() {
	namespace := flag.String("namespace", "", "path of the network namespace that the targets are in")
	flag.Parse()
	if err := run(*namespace, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "forward:", err)
		os.Exit(1)
	}
}

func run(namespace string, rules []string) error {
	if sockets, second := os.LookupEnv(inherited); second {
		return serveInherited(strings.Fields(sockets))
	}
	if namespace == "" || len(rules) == 0 {
		return errors.New("usage: forward -namespace PATH LISTEN=TARGET [LISTEN=TARGET ...]")
	}
	sockets, err := listen(rules)
	if err != nil {
		return err
	}
	return execIn(namespace, sockets)
}

// listen opens the listening sockets, which stay in this namespace wherever the process goes.
func listen(rules []string) ([]string, error) {
	var sockets []string
	for _, rule := range rules {
		address, target, found := strings.Cut(rule, "=")
		if !found {
			return nil, fmt.Errorf("%q is no LISTEN=TARGET", rule)
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return nil, err
		}
		file, err := listener.(*net.TCPListener).File()
		if err != nil {
			return nil, err
		}
		if _, err := unix.FcntlInt(file.Fd(), unix.F_SETFD, 0); err != nil {
			return nil, err
		}
		sockets = append(sockets, fmt.Sprintf("%d=%s", file.Fd(), target))
	}
	return sockets, nil
}

// execIn replaces this process by its second stage in the namespace. A thread changes its namespace alone; after exec
// it is the only one, so that every later thread is in the namespace too.
func execIn(namespace string, sockets []string) error {
	runtime.LockOSThread()
	fd, err := unix.Open(namespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("opening %s: %w", namespace, err)
	}
	if err := unix.Setns(fd, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("entering %s: %w", namespace, err)
	}
	environment := append(os.Environ(), inherited+"="+strings.Join(sockets, " "))
	return syscall.Exec("/proc/self/exe", os.Args, environment)
}

func serveInherited(sockets []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var forwardings []forwarding
	for _, socket := range sockets {
		number, target, _ := strings.Cut(socket, "=")
		fd, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("%s=%q: %w", inherited, socket, err)
		}
		file := os.NewFile(uintptr(fd), target)
		listener, err := net.FileListener(file)
		if err != nil {
			return err
		}
		file.Close()
		forwardings = append(forwardings, forwarding{listener, target})
	}
	serve(ctx, forwardings)
	return nil
}
