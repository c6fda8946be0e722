package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// asPause is set where this program is to be what it tests: the process that orphans of its pod are handed to.
const asPause = "TEST_AS_PAUSE"

func TestMain(m *testing.M) {
	if os.Getenv(asPause) == "" {
		os.Exit(m.Run())
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	// Five children whose parent ends at once: they end together, a moment later.
	const orphans = "for i in 1 2 3 4 5; do sleep 0.5 & done"
	if _, err := syscall.ForkExec("/bin/sh", []string{"sh", "-c", orphans}, nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	main()
}

// childrenOf are the processes, zombies included, that have a parent.
func childrenOf(t *testing.T, parent int) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		// pid (name) state parent …
		_, rest, _ := strings.Cut(string(text), ") ")
		var state string
		var found int
		if _, err := fmt.Sscan(rest, &state, &found); err == nil && found == parent {
			count++
		}
	}
	return count
}

func startPause(t *testing.T) *exec.Cmd {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), asPause+"=1")
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill() })
	return command
}

// eventually waits for what takes a moment.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(what)
		}
	}
}

func TestOrphansAreReapedAndTheEndIsInOrder(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			pause := startPause(t)
			eventually(t, "it was not handed the orphans", func() bool { return childrenOf(t, pause.Process.Pid) >= 5 })
			eventually(t, "zombies are left", func() bool { return childrenOf(t, pause.Process.Pid) == 0 })
			if err := syscall.Kill(pause.Process.Pid, 0); err != nil {
				t.Fatalf("it ended by itself: %v", err)
			}
			if err := pause.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := pause.Wait(); err != nil {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

func TestReapCollectsEveryChildThatHasEndedAndWaitsForNoOther(t *testing.T) {
	start := func(script string) int {
		pid, err := syscall.ForkExec("/bin/sh", []string{"sh", "-c", script}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	ended := []int{start("exit 0"), start("exit 1"), start("exit 2")}
	running := start("exec sleep 60")
	t.Cleanup(func() {
		syscall.Kill(running, syscall.SIGKILL)
		syscall.Wait4(running, nil, 0, nil)
	})
	for _, pid := range ended {
		eventually(t, "a child does not end", func() bool {
			text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			return strings.Contains(string(text), ") Z ")
		})
	}
	reap()
	for _, pid := range ended {
		if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
			t.Errorf("child %d is still there: %v", pid, err)
		}
	}
	if err := syscall.Kill(running, 0); err != nil {
		t.Errorf("the one that runs: %v", err)
	}
}
