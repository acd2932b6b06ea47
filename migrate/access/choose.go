package access

import (
	"fmt"

	"synapse-migrate/migrate/config"
	"synapse-migrate/planner"
)

// chosen is whose credentials sign for a bucket.
type chosen string

const (
	// chosenNone: nothing names any.
	chosenNone chosen = ""
	// chosenProfile: those of the AWS profile that is named for the bucket.
	chosenProfile chosen = "profile"
	// chosenRule: those that the bucket's rule names.
	chosenRule chosen = "rule"
	// chosenFolder: Synapse's temporary ones for the destination's folder.
	chosenFolder chosen = "folder"
	// chosenOwn: the user's own, or for a destination those that read the
	// source.
	chosenOwn chosen = "own"
)

// named are the credentials that are named for a bucket: a profile comes
// before its rule's.
func named(over Override, rule config.Rule) chosen {
	switch {
	case over.Profile != "":
		return chosenProfile
	case rule.Credentials.Kind != "":
		return chosenRule
	}
	return chosenNone
}

// reads are the credentials that read a source for which none are named: the
// folder's, where these write anyway and the source lies in the folder.
func (t Target) reads(src planner.Source, dest planner.Destination) chosen {
	if t.Writer == WriterSynapse && InFolder(src, dest) {
		return chosenFolder
	}
	return chosenOwn
}

// writes are the credentials that write a destination, or look at it where
// Synapse alone writes; bySynapse is true where the objects will belong to
// Synapse's account. The error wraps ErrNotConfigured.
func (t Target) writes(dest planner.Destination, rule config.Rule) (who chosen, bySynapse bool, err error) {
	switch {
	case t.Writer == WriterSynapse:
		return chosenFolder, true, nil
	case dest.Managed:
		who = chosenFolder
	case t.Writer == WriterSource:
		who = chosenOwn
	case rule.Credentials.Kind == "":
		err = fmt.Errorf("%w %q", ErrNotConfigured, dest.Bucket)
	default:
		who = chosenRule
	}
	return who, t.Writer == WriterConfig && rule.Credentials.Kind == config.KindSynapse, err
}
