package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Seconds that resolvers may keep an answer: short, because a pod that moved has another address. Production's are the
// TTL of the records that external-dns writes.
const timeToLive = 3

// Seconds that resolvers may keep the answer that a name is not there: a pod that starts is looked for at once.
const negativeTimeToLive = 1

// zoneText is a zone file (RFC 1035, section 5). The server takes a new one over when its serial number has changed.
func zoneText(origin string, serial uint32, records []record) string {
	var text strings.Builder
	fmt.Fprintf(&text, "$ORIGIN %s.\n$TTL %d\n", origin, timeToLive)
	fmt.Fprintf(&text, "@ SOA ns hostmaster %d 3600 600 86400 %d\n", serial, negativeTimeToLive)
	for _, each := range records {
		kind := "A"
		if each.address.Is6() {
			kind = "AAAA"
		}
		fmt.Fprintf(&text, "%s. %s %s\n", each.name, kind, each.address)
	}
	return text.String()
}

var serialPattern = regexp.MustCompile(`(?m)\sSOA\s+\S+\s+\S+\s+(\d+)\s`)

// serialOf is the serial number of a zone file; 0 of anything else.
func serialOf(text string) uint32 {
	match := serialPattern.FindStringSubmatch(text)
	if match == nil {
		return 0
	}
	serial, err := strconv.ParseUint(match[1], 10, 32)
	if err != nil {
		return 0
	}
	return uint32(serial)
}

// update writes a zone file as a whole, so that the server never sees half of one, and only when its records are others
// than before. Serial numbers follow the clock: they grow even where the file before was lost.
func update(file, origin string, records []record, now time.Time) (bool, error) {
	before, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	serial := serialOf(string(before))
	if string(before) == zoneText(origin, serial, records) {
		return false, nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return false, err
	}
	draft := file + ".draft"
	if err := os.WriteFile(draft, []byte(zoneText(origin, max(serial+1, uint32(now.Unix())), records)), 0o600); err != nil {
		return false, err
	}
	return true, os.Rename(draft, file)
}
