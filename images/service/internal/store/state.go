package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

const (
	// stateMaxAge is how old a state may be before a question for it refreshes it.
	stateMaxAge = 15 * time.Second
	// probeTimeout bounds a refresh.
	probeTimeout = 2 * time.Second
)

// state is the last known state of a database. Whoever asks never waits: no ticker runs, and an old state is
// refreshed in the background by the question.
type state struct {
	word    atomic.Value
	known   atomic.Int64
	probing atomic.Bool
	// accepted says whether the login was accepted once: one that is refused later is no longer a matter of starting.
	accepted atomic.Bool
	probe    func(context.Context) error
}

func newState(probe func(context.Context) error) *state {
	s := &state{probe: probe}
	s.word.Store(StateUnknown)
	return s
}

// learn takes the state from the result of an operation.
func (s *state) learn(err error) {
	var unavailable *Unavailable
	switch {
	case errors.Is(err, context.Canceled):
		return // The caller went away; that says nothing.
	case !errors.As(err, &unavailable):
		s.accepted.Store(true)
		s.word.Store(StateUp)
	case unavailable.ReadOnly:
		s.accepted.Store(true)
		s.word.Store(StateReadOnly)
	case loginRefused(err) && !s.accepted.Load():
		s.word.Store(StateRefused)
	default:
		s.word.Store(StateDown)
	}
	s.known.Store(time.Now().UnixNano())
}

func (s *state) current() string {
	if time.Since(time.Unix(0, s.known.Load())) > stateMaxAge && s.probing.CompareAndSwap(false, true) {
		go func() {
			defer s.probing.Store(false)
			ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
			defer cancel()
			s.learn(s.probe(ctx))
		}()
	}
	return s.word.Load().(string)
}
