package project

import (
	"fmt"
	"maps"
	"slices"

	"synapse-migrate/planner"
	"synapse-migrate/planner/access"
	"synapse-migrate/planner/seal"
)

// check refuses what planning leaves in no state: nothing in place of a
// tally or a bucket.
func (s *state) check() error {
	if planner.Missing(maps.Values(s.Tallies)) || planner.Missing(slices.Values(s.Buckets)) {
		return fmt.Errorf("checking the cursor's state: %w", planner.ErrCursor)
	}
	return nil
}

// state is what planning a project remembers between pages, in
// Cursor.State.
type state struct {
	// Begun is true once a page is stored. The plan's folder FolderID is
	// being listed, and Token is its next page, empty for the first.
	Begun    bool   `json:"begun,omitempty"`
	FolderID int64  `json:"folderId,omitempty"`
	Token    string `json:"token,omitempty"`
	// Passed are the children of that page that are in the plan; nil when
	// none of it is.
	Passed []string `json:"passed,omitempty"`
	// MovedAfter is set once all pages of the folder are in the plan: those
	// files are looked at that have moved to the destination's folder already,
	// and whose names come after it.
	MovedAfter *string `json:"movedAfter,omitempty"`
	// Load are the numbers of children of that folder.
	Load seal.Load `json:"load"`
	// Requirements are the access requirements of the source itself (move
	// mode only).
	Requirements []int64         `json:"requirements,omitempty"`
	Tallies      planner.Tallies `json:"tallies,omitempty"`
	// Older are files whose older versions stay behind.
	Older olderVersions `json:"older"`
	// Full are folders that exist and would get too many children.
	Full []seal.FullFolder `json:"full,omitempty"`
	// FoldersFound is the number of folders that exist.
	FoldersFound int64 `json:"foldersFound,omitempty"`
	// Buckets are what is known of the places that files lie in, in the
	// order in which they were met.
	Buckets []*bucketState `json:"buckets,omitempty"`
	Access  access.Tally   `json:"access"`
}

// olderVersions counts older versions that stay behind, Versions at most,
// since versions that were deleted leave gaps in the numbers.
type olderVersions struct {
	Files    planner.Tally `json:"files"`
	Versions int64         `json:"versions,omitempty"`
}

// restore reads what the cursor holds.
func (s *state) restore(c planner.Cursor) error {
	if err := planner.ReadState(c, s); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	if s.Tallies == nil {
		s.Tallies = planner.Tallies{}
	}
	return nil
}

// enter begins a folder that has so many children in the destination, and
// judges the one before.
func (s *state) enter(folderID, existing, limit int64) {
	s.leave(limit)
	s.FolderID, s.Load = folderID, seal.Load{Existing: existing}
}

// pass remembers that a page, or a part of it, is in the plan.
func (s *state) pass(v *visit) {
	s.Begun = true
	if !v.unfinished {
		s.Token, s.Passed, s.MovedAfter = v.next, nil, v.movedAfter
		return
	}
	s.Token = v.token
	for _, c := range v.children {
		s.Passed = append(s.Passed, c.header.ID)
	}
}

// leave judges the folder that was listed: those that get too many children
// by the plan alone are found by the Reviewer.
func (s *state) leave(limit int64) {
	if s.Load.Existing > 0 && s.Load.Existing+s.Load.Planned > limit {
		s.Full = append(s.Full, seal.FullFolder{FolderID: s.FolderID, Existing: s.Load.Existing})
	}
	s.Load = seal.Load{}
}
