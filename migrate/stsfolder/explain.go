package stsfolder

import (
	"errors"
	"net/http"
	"strings"

	"synapse-migrate/synapse"
)

// Explain says in a sentence what a refusal of Synapse's, or an error of this
// package, means and what to do about it; empty where there is nothing to
// add. Synapse tells most of
// its refusals apart by the words of the reason alone (October 2024
// snapshot): they choose a sentence for people here, and decide nothing.
func Explain(err error) string {
	for _, x := range ownExplanations {
		if errors.Is(err, x.is) {
			return x.text
		}
	}
	var answer *synapse.Error
	if !errors.As(err, &answer) {
		return ""
	}
	for _, x := range explanations {
		if x.fits(answer) {
			return x.text
		}
	}
	return ""
}

// explanation is what to say of an answer with this status, whose reason
// has all of these words in it, or whose code is this one.
type explanation struct {
	status int
	code   string
	words  []string
	text   string
}

func (x explanation) fits(answer *synapse.Error) bool {
	if x.status != answer.Status || x.code != "" && x.code != answer.Code {
		return false
	}
	for _, w := range x.words {
		if !strings.Contains(answer.Reason, w) {
			return false
		}
	}
	return true
}

// explanations are in the order in which they are tried: what is more
// special comes first.
var explanations = concat(
	userExplanations, ownerExplanations, settingExplanations, treeExplanations, credentialExplanations,
)

func concat(lists ...[]explanation) (all []explanation) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

const bad = http.StatusBadRequest

// userExplanations are of what Synapse asks of a user whatever the call
// (TwoFactorAuthRequiredFilter, 2026).
var userExplanations = []explanation{
	{status: http.StatusForbidden, code: synapse.CodeTwoFactor,
		text: "Synapse serves only users with two factor authentication: switch it on in your account settings, " +
			"and give the command again"},
}

// ownerExplanations are of making a storage location
// (BucketOwnerVerifierImpl, storage location processors).
var ownerExplanations = []explanation{
	{status: bad, words: []string{"Did not find S3 bucket"},
		text: "Synapse sees no such bucket: look at its name, and make it first"},
	{status: bad, words: []string{"Did not find S3 object at key"},
		text: "owner.txt is missing below the base key: put it there with your user ID in it, or give --apply"},
	{status: bad, words: []string{"Failed to determine the Amazon region"},
		text: "Synapse can't reach the bucket: it must exist, and its policy must let Synapse's account in " +
			"(migrate folder create shows the policy, and sets it with --apply)"},
	{status: bad, words: []string{"Could not read S3 object at key"},
		text: "Synapse may not read owner.txt: the bucket's policy must let Synapse's account in " +
			"(migrate folder create shows the policy, and sets it with --apply)"},
	{status: bad, words: []string{"No user identifier found under key"},
		text: "owner.txt is empty: write your user ID into it, on a line of its own"},
	{status: bad, words: []string{"Could not find a valid user identifier"},
		text: "owner.txt names somebody else: add your user ID, or the ID of a team that you are in, on a line of its own"},
	{status: bad, words: []string{"Invalid bucket name"},
		text: "Synapse takes bucket names that could be domain names, and no others: use another bucket"},
	{status: bad, words: []string{"bucket name is required"}, text: "name the bucket with --bucket"},
	{status: bad, words: []string{"Cannot specify baseKey"},
		text: "Synapse chooses the base key in its own bucket: leave --base-key out, or name a bucket with --bucket"},
	{status: http.StatusForbidden, words: []string{"Only the creator can access storage location"},
		text: "somebody else made this storage location, and Synapse shows it only to them: ask them, or " +
			"make one of your own"},
}

// settingExplanations are of binding a storage location to a folder
// (ProjectSettingsManagerImpl).
var settingExplanations = []explanation{
	{status: bad, words: []string{"not the id of a project or folder"},
		text: "only folders can be set up for STS: name a folder"},
	{status: http.StatusForbidden, words: []string{"Cannot create settings"},
		text: "you need the right to create in this folder: ask an administrator to share it with you"},
	{status: bad, words: []string{"Can't override project settings in an STS-enabled"},
		text: "the folder is, or lies inside, an STS folder, which can't hold another one: choose a place outside"},
	{status: bad, words: []string{"settings.locations is required"}, text: "name a storage location"},
	{status: bad, words: []string{"must at least have one entry"}, text: "name a storage location"},
	{status: bad, words: []string{"maximum number of settings.locations"},
		text: "an STS folder has exactly one storage location: name one"},
	{status: bad, words: []string{"not a valid upload destination location"},
		text: "there is no such storage location: make one with migrate folder create"},
	{status: http.StatusForbidden, words: []string{"Only the owner of the external S3 upload destination"},
		text: "somebody else made this storage location: ask them to set up the folder, or make a location of your own " +
			"with migrate folder create"},
	{status: bad, words: []string{"Can only enable STS on a folder"},
		text: "a project can't be an STS folder: make a folder in it, as synPROJECT/NAME"},
	{status: bad, words: []string{"cannot add other upload destinations"},
		text: "an STS folder has exactly one storage location: leave the others out"},
	{status: bad, words: []string{"Can't enable STS in a non-empty folder"},
		text: "the folder isn't empty; what was deleted from it counts while it is in the trash can, and for " +
			"some time after: " +
			"make a new folder"},
	{status: bad, words: []string{"Can't disable STS in a non-empty folder"},
		text: "an STS folder with anything in it stays one, what is in the trash can included: use a new folder"},
	{status: bad, words: []string{"A project setting of type", "already exists"},
		text: "the folder has an upload setting already: take that away in Synapse, or use a new folder"},
	{status: http.StatusPreconditionFailed, words: []string{"Project setting was updated"},
		text: "somebody changed the setting at the same time: give the command again"},
}

// treeExplanations are of what an STS tree may hold (StsManagerImpl and the
// managers that ask it).
var treeExplanations = []explanation{
	{status: bad, words: []string{"Files in STS-enabled storage locations can only be placed"},
		text: "the file's bytes lie in an STS storage location: it can only be in folders with the same one; " +
			"migrate project copies files elsewhere"},
	{status: bad, words: []string{"can only accept files with the same storage location"},
		text: "the file's bytes lie in another storage location than the STS folder's: migrate project brings them there"},
	{status: bad, words: []string{"Can only create Files and Folders inside STS-enabled"},
		text: "tables, links and everything but files and folders must be created outside the STS folder"},
	{status: bad, words: []string{"Cannot place an STS-enabled folder inside another"},
		text: "an STS folder can't go into another one: move it elsewhere, or migrate its content"},
	{status: bad, words: []string{"Folders in STS-enabled storage locations can only be placed"},
		text: "a folder below an STS folder can only move within folders of the same storage location: " +
			"migrate project copies it elsewhere"},
	{status: bad, words: []string{"Non-STS-enabled folders cannot be placed inside"},
		text: "folders from elsewhere can't move into an STS folder: migrate project creates them again there, " +
			"with their files"},
	{status: bad, words: []string{"Cannot override ACLs in a child"},
		text: "everything in an STS folder has its sharing settings: set them on the STS folder itself, or " +
			"use another folder " +
			"for what others may see"},
	{status: bad, words: []string{"Cannot apply an access requirement to a child"},
		text: "an access requirement holds for the whole STS folder or for nothing in it: set it on the STS folder itself"},
	{status: bad, words: []string{"restored to STS-enabled folders only"},
		text: "from the trash can, it goes back to the STS folder that it came from and to no other"},
	{status: bad, words: []string{"Cannot create ExternalFileHandle"},
		text: "an STS folder can't hold links to files elsewhere: download the file, and migrate it with migrate urls"},
}

// credentialExplanations are of asking for credentials (StsManagerImpl).
var credentialExplanations = []explanation{
	{status: bad, words: []string{"must have an STS-enabled storage location"},
		text: "there is no STS storage location in force here: name an STS folder, or something in one; " +
			"migrate folder create makes one"},
	{status: bad, words: []string{"STS write access is not allowed in Synapse storage"},
		text: "Synapse's own storage gives credentials that read, and none that write: use --permission read_only; " +
			"files get there through migrate bucket, which uploads"},
	{status: http.StatusForbidden, code: "insufficient_scope",
		text: "the access token lacks a scope: credentials, even those that only read, take a token with " +
			"view, download and modify"},
	{status: http.StatusForbidden, words: []string{"insufficient_scope"},
		text: "the access token lacks a scope: credentials, even those that only read, take a token with " +
			"view, download and modify"},
	{status: http.StatusForbidden, words: []string{"unmet access requirement"}, text: unmet},
	{status: http.StatusForbidden, words: []string{"unfulfilled access requirement"}, text: unmet},
	{status: http.StatusForbidden, words: []string{"two factor"},
		text: "the data asks for two-factor authentication: switch it on in your account settings, and sign in with it"},
	{status: http.StatusForbidden, words: []string{"You lack READ access"},
		text: "the owner of this access token may not see it: ask an administrator to share it with you, or use the " +
			"token of somebody who may"},
	{status: http.StatusForbidden, words: []string{"You lack DOWNLOAD access"},
		text: "you may not download here: ask an administrator of the folder for the right, and meet its " +
			"access requirements"},
	{status: http.StatusForbidden, words: []string{"You lack ", " access to the requested entity"},
		text: "credentials that write take the rights to download, update, create and delete: ask who " +
			"administers the folder, " +
			"or use --permission read_only"},
}

const unmet = "the data has access requirements that you haven't met: open the folder in Synapse and " +
	"accept or request them"
