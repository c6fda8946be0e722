package server

import (
	"context"
	"sync/atomic"
	"time"
)

// limiter bounds how many requests are served at a time.
type limiter struct {
	slots chan struct{}
	// changed is when a slot was last taken or given back, in nanoseconds of the Unix epoch.
	changed atomic.Int64
}

func newLimiter(slots int) *limiter {
	l := &limiter{slots: make(chan struct{}, slots)}
	l.touch()
	return l
}

func (l *limiter) touch() { l.changed.Store(time.Now().UnixNano()) }

// take waits for a slot for at most the given time.
func (l *limiter) take(ctx context.Context, wait time.Duration) bool {
	select {
	case l.slots <- struct{}{}:
		l.touch()
		return true
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case l.slots <- struct{}{}:
		l.touch()
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (l *limiter) give() {
	<-l.slots
	l.touch()
}

// stuck says that all slots are taken and none came back for so long that the requests in them can't be alive.
func (l *limiter) stuck(after time.Duration) bool {
	return len(l.slots) == cap(l.slots) && time.Since(time.Unix(0, l.changed.Load())) > after
}
