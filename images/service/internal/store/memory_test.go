package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
)

func TestMemoryIsIdempotent(t *testing.T) {
	m := NewMemory("order", "jakarta")
	record := NewRecord{Subject: "demo", Body: []byte(`{"n":1}`), Key: "key"}
	var group sync.WaitGroup
	ids := make([]string, 20)
	for i := range ids {
		group.Go(func() {
			added, _, _, err := m.Add(t.Context(), record)
			if err != nil {
				t.Error(err)
			}
			ids[i] = added.ID
		})
	}
	group.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatal("one key made two records")
		}
	}
	other := record
	other.Body = []byte(`{"n":2}`)
	if _, _, _, err := m.Add(t.Context(), other); !errors.Is(err, ErrKeyReused) {
		t.Errorf("another body with the same key: %v", err)
	}
	for range 2 {
		if _, replayed, _, err := m.Add(t.Context(), NewRecord{Subject: "demo", Body: []byte(`{}`)}); err != nil || replayed {
			t.Errorf("without a key: replayed %v, %v", replayed, err)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := NewMemory("order", "jakarta")
	first, _, _, _ := m.Add(t.Context(), NewRecord{Subject: "first", Key: "first"})
	for i := range memoryRecords {
		m.Add(t.Context(), NewRecord{Subject: fmt.Sprint(i), Key: fmt.Sprint(i)})
	}
	if len(m.records) > memoryRecords || len(m.byID) != len(m.records) || len(m.byKey) != len(m.records) {
		t.Errorf("%d records, %d ids, %d keys", len(m.records), len(m.byID), len(m.byKey))
	}
	if _, _, err := m.Get(t.Context(), first.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the oldest is still there: %v", err)
	}
	list, origin, err := m.List(t.Context(), 2)
	if err != nil || len(list) != 2 || list[0].Subject != fmt.Sprint(memoryRecords-1) || origin.Role != "memory" {
		t.Errorf("the newest are %v, %v, %v", list, origin, err)
	}
}
