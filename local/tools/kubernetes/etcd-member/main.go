// Command etcd-member is etcd whose connections end when the other side has been silent for a while, and which does not
// lead where the holder of a lock is (leadership.go).
//
// etcd means the streams between its members to end after 5 s without a word (rafthttp.DefaultConnReadTimeout), and they
// do not: client/pkg/transport/timeout_transport.go of 3.6 sets the timeouts on the Dial of an http.Transport that has a
// DialContext too, and net/http takes that one. After a partition members then wait for the kernel to send again what
// it could not deliver, and it waits as long as the partition was: writes came back 48 s after one of 60 s was healed.
package main

import (
	"os"
	"time"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"go.uber.org/zap"
)

func main() {
	if logger, err := zap.NewProduction(); err == nil {
		zap.ReplaceGlobals(logger.Named("etcd-member"))
	}
	startAvoidance()
	go func() {
		for range time.Tick(time.Second) {
			limitSilence("/proc/self/fd")
		}
	}()
	etcdmain.Main(os.Args)
}
