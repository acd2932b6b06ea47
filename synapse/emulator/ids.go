package emulator

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"

	"synapse-migrate/synapse"
)

// First identifiers to be handed out.
const (
	firstID     int64 = 20_000_000
	firstUserID int64 = 3_350_000
)

// newEtag is a random UUID.
func newEtag() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// sequence hands out the IDs of entities, file handles, uploads and storage
// locations, which share one counter.
type sequence struct{ last int64 }

func (q *sequence) next() int64 {
	q.last++
	return q.last
}

// synID is an entity ID as the server writes it.
func synID(id int64) string { return "syn" + strconv.FormatInt(id, 10) }

// parseID reads an entity ID: trimmed, any case, prefix optional.
func parseID(text string) (int64, error) {
	t := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "syn")
	id, err := strconv.ParseInt(t, 10, 64)
	if err != nil || id < 0 {
		return 0, invalidf("%s is not a valid Synapse ID.", text)
	}
	return id, nil
}

func decimal(id int64) string { return strconv.FormatInt(id, 10) }

func handleID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, invalidf("For input string: \"%s\"", text)
	}
	return id, nil
}

func numericID(h *synapse.FileHandle) int64 {
	id, _ := strconv.ParseInt(h.ID, 10, 64)
	return id
}
