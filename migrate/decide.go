package migrate

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
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

// verdict is what to do about an error.
type verdict string

const (
	verdictRetry verdict = "retry"
	verdictFail  verdict = "fail"
	verdictStop  verdict = "stop"
	// verdictLeave leaves the item in the state it has: nothing is wrong
	// with it.
	verdictLeave verdict = "leave"
)

// stopping are the errors that concern every item alike.
var stopping = []error{
	ErrRunFile, ErrDestinationGone, transfer.ErrCredentials,
	synapse.ErrUnauthorized, synapse.ErrAnonymous,
}

// leaving are the errors of what was not begun because the run ends.
var leaving = []error{synapse.ErrNotStarted, errLeft}

// lasting are the errors that another attempt would meet again.
var lasting = []error{
	ErrConflict, ErrWaited, errGivenUp, errMD5Differs, errNoSuchAction, errHandleRefused, errNoUpload,
	errPlainURL,
	transfer.ErrNotFound, transfer.ErrDenied, transfer.ErrChanged,
	transfer.ErrExists, transfer.ErrMismatch, transfer.ErrArchived,
	transfer.ErrNoRanges, transfer.ErrUnknownBucket,
}

// judge decides about the error of an item's attempt, the given one of a
// number of attempts (from 1). Cancellation is not its business.
func judge(err error, attempt, attempts int) verdict {
	switch {
	case isAny(err, stopping):
		return verdictStop
	case isAny(err, leaving):
		return verdictLeave
	}
	if attempt >= attempts || !temporary(err) {
		return verdictFail
	}
	return verdictRetry
}

// temporary reports whether another attempt may do better. What isn't known
// to last is given another chance: mostly it is the network.
func temporary(err error) bool {
	if isAny(err, lasting) {
		return false
	}
	var answer *synapse.Error
	if errors.As(err, &answer) {
		return temporaryStatus(answer.Status)
	}
	return true
}

// temporaryStatus reports whether a refusal may pass by itself: a stale etag
// (the entity is read again), a lock, the throttle, the server's own
// troubles. No status at all means that no answer came.
func temporaryStatus(status int) bool {
	switch status {
	case 0, http.StatusRequestTimeout, http.StatusPreconditionFailed,
		http.StatusLocked, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// down reports whether an error tells that a whole side can't be reached: no
// connection, no address, or Synapse in maintenance. It says nothing about
// the item, so that waiting is right and giving the item up is not.
func down(err error) bool {
	var answer *synapse.Error
	if errors.As(err, &answer) && answer.Status == http.StatusServiceUnavailable {
		return true
	}
	var dial *net.OpError
	var name *net.DNSError
	return errors.As(err, &dial) && dial.Op == "dial" || errors.As(err, &name)
}

// maxWaits is how often an item waits for a side that is down before that
// counts as an attempt: a day and more, at maxBackoff each.
const maxWaits = 3000

// isAny reports whether err is one of the targets.
func isAny(err error, targets []error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
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
