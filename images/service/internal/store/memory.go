package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"
)

// memoryRecords bounds the memory of a process; the oldest record goes first.
const memoryRecords = 10_000

// Memory keeps records until the process ends. Every replica has its own.
type Memory struct {
	service, city string
	mutex         sync.Mutex
	records       []*keyed // the newest last
	byID, byKey   map[string]*keyed
}

type keyed struct {
	Record
	key         string
	fingerprint [sha256.Size]byte
}

// NewMemory returns a store that knows nothing yet but the records given.
func NewMemory(service, city string, seed ...NewRecord) *Memory {
	m := &Memory{service: service, city: city, byID: map[string]*keyed{}, byKey: map[string]*keyed{}}
	for _, record := range seed {
		m.append(record)
	}
	return m
}

var memoryOrigin = Origin{Role: StateMemory}

// Add implements [Store].
func (m *Memory) Add(_ context.Context, record NewRecord) (Record, bool, Origin, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if known, found := m.byKey[record.Key]; found {
		if known.fingerprint != record.fingerprint() {
			return Record{}, false, memoryOrigin, ErrKeyReused
		}
		return known.Record, true, memoryOrigin, nil
	}
	return m.append(record), false, memoryOrigin, nil
}

func (m *Memory) append(record NewRecord) Record {
	if len(m.records) >= memoryRecords {
		m.forget(memoryRecords / 10)
	}
	added := &keyed{key: record.Key, fingerprint: record.fingerprint(), Record: Record{
		ID:      newUUID(),
		Subject: record.Subject,
		Body:    record.Body,
		City:    m.city,
		Created: time.Now().UTC(),
	}}
	m.records = append(m.records, added)
	m.byID[added.ID] = added
	if added.key != "" {
		m.byKey[added.key] = added
	}
	return added.Record
}

func (m *Memory) forget(oldest int) {
	for _, record := range m.records[:oldest] {
		delete(m.byID, record.ID)
		delete(m.byKey, record.key)
	}
	m.records = slices.Delete(m.records, 0, oldest)
}

// Get implements [Store].
func (m *Memory) Get(_ context.Context, id string) (Record, Origin, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if known, found := m.byID[id]; found {
		return known.Record, memoryOrigin, nil
	}
	return Record{}, memoryOrigin, ErrNotFound
}

// Latest implements [Store].
func (m *Memory) Latest(_ context.Context, subject string) (Record, Origin, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for _, record := range slices.Backward(m.records) {
		if record.Subject == subject {
			return record.Record, memoryOrigin, nil
		}
	}
	return Record{}, memoryOrigin, ErrNotFound
}

// List implements [Store].
func (m *Memory) List(_ context.Context, limit int) ([]Record, Origin, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	list := []Record{}
	for i := len(m.records) - 1; i >= 0 && len(list) < limit; i-- {
		list = append(list, m.records[i].Record)
	}
	return list, memoryOrigin, nil
}

// Counts implements [Store]. It knows only the records of this process.
func (m *Memory) Counts(context.Context) (map[string]int64, Origin, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return map[string]int64{m.service: int64(len(m.records))}, memoryOrigin, nil
}

// States implements [Store].
func (m *Memory) States() States { return States{Read: StateMemory, Write: StateMemory} }

// Close implements [Store].
func (m *Memory) Close() {}

// newUUID returns a random UUID (version 4), like gen_random_uuid() of PostgreSQL.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
