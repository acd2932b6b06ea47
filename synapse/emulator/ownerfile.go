package emulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"synapse-migrate/synapse"
)

// The owner file of an external bucket (BucketOwnerVerifierImpl, October
// 2024).
const (
	ownerFile     = "owner.txt"
	maxOwnerLines = 100
	maxOwnerBytes = 1 << 20
	externalHelp  = "https://help.synapse.org/docs/Custom-Storage-Locations.2048327803.html " +
		"for more information on how to create a new external upload destination."
	ownerExplained = "For security purposes, Synapse needs to establish that the user has " +
		"permission to write to the bucket. Please create an object in bucket '%s' with key '%s' " +
		"that contains a line separated list of identifiers for the user. Valid identifiers are " +
		"the id of the user or id of a team the user is part of. Also see " + externalHelp
)

// verifyOwner wants owner.txt under the base key to name the caller.
func verifyOwner(c *call, l *synapse.StorageLocation) error {
	key := ownerFile
	if l.BaseKey != "" {
		key = l.BaseKey + "/" + ownerFile
	}
	read := readOwnerFile
	if l.ConcreteType == synapse.TypeGoogleStorageLocation {
		read = readGoogleOwnerFile
	}
	text, problem := read(c, l.Bucket, key)
	if problem == "" {
		problem = ownerProblem(c, text, l.Bucket, key)
	}
	if problem == "" {
		return nil
	}
	return invalidf("%s. %s", problem, fmt.Sprintf(ownerExplained, l.Bucket, key))
}

// readOwnerFile reads an owner file in S3, or says why that can't be done
// (S3BucketObjectReader, October 2024).
func readOwnerFile(c *call, bucket, key string) (text, problem string) {
	ctx := c.r.Context()
	unreadable := fmt.Sprintf("Could not read S3 object at key %s from bucket %s: ", key, bucket)
	if _, err := c.options.Storage.Region(ctx, bucket); err != nil {
		return "", unreadable + fmt.Sprintf("Failed to determine the Amazon region for bucket '%s'. "+
			"Please ensure that the bucket exists, is shared with Synapse, in particular granting "+
			"ListObject permission.", bucket)
	}
	content, err := c.options.Storage.Read(ctx, bucket, key, maxOwnerBytes)
	switch {
	case errors.Is(err, ErrNoBucket):
		return "", "Did not find S3 bucket " + bucket
	case errors.Is(err, ErrNoObject):
		return "", fmt.Sprintf("Did not find S3 object at key %s from bucket %s", key, bucket)
	case err != nil:
		return "", unreadable + err.Error()
	}
	return string(content), ""
}

// readGoogleOwnerFile is readOwnerFile for Google Cloud
// (GCBucketObjectReader, October 2024).
func readGoogleOwnerFile(c *call, bucket, key string) (text, problem string) {
	ctx := c.r.Context()
	if _, err := c.options.Storage.Region(ctx, bucket); err != nil {
		return "", "Did not find Google Cloud bucket " + bucket
	}
	content, err := c.options.Storage.Read(ctx, bucket, key, maxOwnerBytes)
	switch {
	case errors.Is(err, ErrNoObject):
		return "", fmt.Sprintf("Could not find google cloud object at key %s from bucket %s", key, bucket)
	case err != nil:
		return "", fmt.Sprintf("Could not access object at key %s from bucket %s: %v", key, bucket, err)
	}
	return string(content), ""
}

// ownerProblem says what is wrong with an owner file's content; empty when
// nothing is.
func ownerProblem(c *call, text, bucket, key string) string {
	names := ownerNames(text)
	if len(names) == 0 {
		return fmt.Sprintf("No user identifier found under key %s from bucket %s", key, bucket)
	}
	aliases := ownerAliases(c)
	if !slices.ContainsFunc(names, func(n string) bool { return slices.Contains(aliases, n) }) {
		return fmt.Sprintf("Could not find a valid user identifier under key %s from bucket %s",
			key, bucket)
	}
	return ""
}

// ownerNames are the identifiers in an owner file: the pieces between line
// ends and commas of the first 100 lines.
func ownerNames(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	lines := strings.Split(text, "\n")
	var names []string
	for _, line := range lines[:min(len(lines), maxOwnerLines)] {
		for piece := range strings.SplitSeq(line, ",") {
			if name := normalAlias(piece); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// ownerAliases are the identifiers of the caller: ID, name, e-mails and
// teams, the teams that everybody is in left out.
func ownerAliases(c *call) []string {
	aliases := []string{c.userID(), normalAlias(c.user.Name)}
	for _, email := range c.user.Emails {
		aliases = append(aliases, normalAlias(email))
	}
	for _, team := range c.user.Teams {
		switch team {
		case c.state.accounts.realm.AuthenticatedUsers, c.state.accounts.realm.Public,
			synapse.PrincipalCertifiedUsers:
		default:
			aliases = append(aliases, decimal(team))
		}
	}
	return aliases
}

// normalAlias trims up to U+0020, as Java does, and lower-cases.
func normalAlias(text string) string {
	return strings.ToLower(strings.TrimFunc(text, func(r rune) bool { return r <= ' ' }))
}
