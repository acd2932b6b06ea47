package effect

import (
	"errors"
	"net/http"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

// remedy is what helps against an error.
type remedy string

const (
	// remedyRetry: another attempt, after a wait, may do better.
	remedyRetry remedy = "retry"
	// remedyPause: a whole service is down. Waiting helps, and says nothing about
	// the item that met it.
	remedyPause remedy = "pause"
	// remedyGiveUp: another attempt would meet the same.
	remedyGiveUp remedy = "give up"
	// remedyStop: every item would meet the same.
	remedyStop remedy = "stop"
	// remedyLeave: nothing is wrong. The item stays as it is, since no more
	// is begun.
	remedyLeave remedy = "leave"
)

// remedies are those of the classes, where a rule has no other.
var remedies = map[checkpoint.Class]remedy{
	checkpoint.ClassTemporary:   remedyRetry,
	checkpoint.ClassThrottled:   remedyRetry,
	checkpoint.ClassCredentials: remedyStop,
	checkpoint.ClassPermission:  remedyGiveUp,
	checkpoint.ClassChanged:     remedyGiveUp,
	checkpoint.ClassConflict:    remedyGiveUp,
	checkpoint.ClassInvalid:     remedyGiveUp,
	checkpoint.ClassGone:        remedyGiveUp,
}

// rule is what an error amounts to. An empty remedy is its class's; no class
// is for what says nothing about an item.
type rule struct {
	is     error
	class  checkpoint.Class
	remedy remedy
}

// rules know errors by what they wrap; the first that fits counts. S3's codes
// have become errors of package transfer in package objectstore.
var rules = []rule{
	{ErrRunFile, "", remedyStop},
	{ErrDestinationGone, checkpoint.ClassGone, remedyStop},
	{ErrAllRefused, checkpoint.ClassPermission, remedyStop},
	{synapse.ErrTwoFactor, checkpoint.ClassPermission, remedyStop}, // of the user, whatever the item
	{synapse.ErrStorageLimit, checkpoint.ClassInvalid, remedyStop}, // of the project
	{transfer.ErrCredentials, checkpoint.ClassCredentials, ""},
	{synapse.ErrUnauthorized, checkpoint.ClassCredentials, ""},
	{synapse.ErrAnonymous, checkpoint.ClassCredentials, ""},
	{synapse.ErrNotStarted, "", remedyLeave},
	{ErrLeft, "", remedyLeave},

	{ErrOvertaken, checkpoint.ClassConflict, remedyRetry}, // what is missing is sent
	{transfer.ErrChanged, checkpoint.ClassChanged, ""},
	{transfer.ErrMismatch, checkpoint.ClassChanged, ""},
	{transfer.ErrArchived, checkpoint.ClassChanged, ""}, // not so when it was planned
	{transfer.ErrMD5, checkpoint.ClassChanged, ""},
	{transfer.ErrNotFound, checkpoint.ClassGone, ""},
	{ErrNoUpload, checkpoint.ClassGone, ""},
	{transfer.ErrDenied, checkpoint.ClassPermission, ""},
	{transfer.ErrUnknownBucket, checkpoint.ClassPermission, ""},
	{ErrHandleGone, checkpoint.ClassGone, ""},
	{ErrHandleRefused, checkpoint.ClassPermission, ""},
	{ErrURLRefused, checkpoint.ClassPermission, remedyRetry}, // with a new one
	{transfer.ErrExists, checkpoint.ClassConflict, ""},
	{ErrConflict, checkpoint.ClassConflict, ""},
	{transfer.ErrNoRanges, checkpoint.ClassInvalid, ""},
	{transfer.ErrURL, checkpoint.ClassInvalid, ""},
	{transfer.ErrInvalid, checkpoint.ClassInvalid, ""},
	{synapse.ErrAnswerTooLarge, checkpoint.ClassInvalid, ""},
	{ErrNoSuchAction, checkpoint.ClassInvalid, ""},
	{ErrPlainURL, checkpoint.ClassInvalid, ""},
	{ErrWaited, "", remedyGiveUp}, // with the class of that one's failure
	{transfer.ErrThrottled, checkpoint.ClassThrottled, ""},
	{ErrNotAdded, checkpoint.ClassTemporary, ""},
	{ErrVanished, checkpoint.ClassTemporary, ""},
}

// statuses know what Synapse answered, where it is known by no rule (source:
// BaseControllerExceptionHandlerAdvice, October 2024 snapshot). Statuses that
// are not here are temporary from 500 on, and invalid below.
var statuses = map[int]rule{
	0:                             {class: checkpoint.ClassTemporary}, // no answer came
	http.StatusForbidden:          {class: checkpoint.ClassPermission},
	http.StatusNotFound:           {class: checkpoint.ClassGone},
	http.StatusGone:               {class: checkpoint.ClassGone},
	http.StatusRequestTimeout:     {class: checkpoint.ClassTemporary},
	http.StatusConflict:           {class: checkpoint.ClassConflict},
	http.StatusPreconditionFailed: {class: checkpoint.ClassConflict, remedy: remedyRetry}, // read again
	http.StatusLocked:             {class: checkpoint.ClassTemporary},
	http.StatusTooManyRequests:    {class: checkpoint.ClassThrottled},
	http.StatusServiceUnavailable: {class: checkpoint.ClassTemporary, remedy: remedyPause},
}

// classify says what kind of trouble an error is, and what helps against it.
// What isn't known is temporary: mostly it is the network. Cancellation is not
// its business.
func classify(err error) (checkpoint.Class, remedy) {
	found := ruleOf(err)
	if found.remedy == "" {
		found.remedy = remedies[found.class]
	}
	tried := errors.Is(err, ErrGivenUp) // where it happened, as often as allowed
	if tried && (found.remedy == remedyRetry || found.remedy == remedyPause) {
		found.remedy = remedyGiveUp
	}
	return found.class, found.remedy
}

// ruleOf finds the rule for an error.
func ruleOf(err error) rule {
	for _, r := range rules {
		if !errors.Is(err, r.is) {
			continue
		}
		var waited *waitedError
		if errors.As(err, &waited) {
			r.class = waited.class
		}
		return r
	}
	var answer *synapse.Error
	if errors.As(err, &answer) && answer.Status != 0 {
		return ruleOfStatus(answer.Status)
	}
	if unreachable(err) {
		return rule{class: checkpoint.ClassTemporary, remedy: remedyPause}
	}
	return rule{class: checkpoint.ClassTemporary}
}

// ruleOfStatus finds the rule for what Synapse answered.
func ruleOfStatus(status int) rule {
	if known, ok := statuses[status]; ok {
		return known
	}
	if status >= http.StatusInternalServerError || status < http.StatusBadRequest { // a redirect is none of Synapse's
		return rule{class: checkpoint.ClassTemporary}
	}
	return rule{class: checkpoint.ClassInvalid}
}

// Stops reports whether an error concerns every item alike.
func Stops(err error) bool {
	_, what := classify(err)
	return what == remedyStop
}

// Leaves reports whether an error is that of what was not begun, because the
// run ends.
func Leaves(err error) bool {
	_, what := classify(err)
	return what == remedyLeave
}

// Lasts reports whether another attempt, now or later, would meet the same.
func Lasts(err error) bool {
	_, what := classify(err)
	return what == remedyGiveUp
}

// ClassOf is the kind of trouble that an error is.
func ClassOf(err error) checkpoint.Class {
	class, _ := classify(err)
	return class
}
