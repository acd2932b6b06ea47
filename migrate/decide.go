package migrate

import (
	"errors"
	"strings"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
)

// emptyMD5 is the MD5 of no bytes.
const emptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"

// plannedMD5 is the MD5 that the plan knows, empty if none.
func plannedMD5(i planner.Item) string {
	if i.MD5 == "" && i.MD5Source == planner.MD5Empty {
		return emptyMD5
	}
	return strings.ToLower(i.MD5)
}

// agreedMD5 is the MD5 of an object from what the plan says and what was
// computed, either of which may be empty.
func agreedMD5(planned, computed string) (string, error) {
	computed = strings.ToLower(computed)
	switch {
	case planned == "":
		return computed, nil
	case computed == "" || computed == planned:
		return planned, nil
	}
	return "", errMD5Differs
}

// maxBackoff caps the waits between attempts at an item.
const maxBackoff = 30 * time.Second

// backoff is the wait after a failed attempt, counted from 1: 1 s, doubling
// up to maxBackoff, as the official clients wait (reference: October 2024).
func backoff(attempt int) time.Duration {
	d := time.Second
	for range attempt - 1 {
		if d *= 2; d >= maxBackoff {
			return maxBackoff
		}
	}
	return d
}

// sideOf is where an error belongs: to the side that only one service can
// mean, otherwise to the side of the operation.
func sideOf(err error, otherwise checkpoint.Side) checkpoint.Side {
	switch {
	case errors.Is(err, transfer.ErrChanged), errors.Is(err, transfer.ErrArchived):
		return checkpoint.SideSource
	case errors.Is(err, transfer.ErrExists), errors.Is(err, transfer.ErrMismatch):
		return checkpoint.SideDestination
	}
	return otherwise
}
