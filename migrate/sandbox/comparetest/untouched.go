package comparetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// Untouched compares what lies below an entity, itself included, in two
// snapshots of the sandbox (describe.PathSnapshot), with everything that it
// refers to: file handles, activities, sharing settings, upload settings,
// storage locations, access requirements. It names every difference, sorted.
func Untouched(before, after []byte, entityID string) ([]string, error) {
	was, err := readSnapshot(before)
	if err != nil {
		return nil, fmt.Errorf("the snapshot before: %w", err)
	}
	is, err := readSnapshot(after)
	if err != nil {
		return nil, fmt.Errorf("the snapshot after: %w", err)
	}
	var diff []string
	below := was.below(entityID)
	if len(below) == 0 {
		return nil, fmt.Errorf("%s is not in the snapshot before", entityID)
	}
	for thing, text := range was.concerning(below) {
		switch now, there := is.things[thing]; {
		case !there:
			diff = append(diff, thing+" is gone")
		case !bytes.Equal(now, text):
			diff = append(diff, fmt.Sprintf("%s was %.400s and is %.400s", thing, text, now))
		}
	}
	for id := range is.below(entityID) {
		if !below[id] {
			diff = append(diff, "entity "+id+" is new")
		}
	}
	sort.Strings(diff)
	return diff, nil
}

// snapshot is one that was read: each thing as its own text, by what it is
// and its ID.
type snapshot struct {
	things  map[string]json.RawMessage
	parents map[string]string
	refers  map[string][]string // things that an entity refers to
}

func readSnapshot(text []byte) (*snapshot, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	s := &snapshot{
		things: map[string]json.RawMessage{}, parents: map[string]string{}, refers: map[string][]string{},
	}
	if err := s.addEntities(all["Entities"]); err != nil {
		return nil, err
	}
	for field, kind := range map[string]string{
		"FileHandles": "file handle", "Activities": "activity", "Settings": "upload setting",
		"StorageLocations": "storage location", "AccessRequirements": "access requirement",
	} {
		if err := s.add(kind, all[field]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// addEntities enters entities, and what their versions refer to.
func (s *snapshot) addEntities(text json.RawMessage) error {
	var list []json.RawMessage
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	for _, one := range list {
		var e struct {
			ID, ParentID string
			Versions     []struct {
				Entity      struct{ DataFileHandleID string }
				GeneratedBy string
			}
		}
		if err := json.Unmarshal(one, &e); err != nil {
			return err
		}
		s.things["entity "+e.ID], s.parents[e.ID] = one, e.ParentID
		for _, v := range e.Versions {
			if id := v.Entity.DataFileHandleID; id != "" {
				s.refers[e.ID] = append(s.refers[e.ID], "file handle "+id)
			}
			if v.GeneratedBy != "" {
				s.refers[e.ID] = append(s.refers[e.ID], "activity "+v.GeneratedBy)
			}
		}
	}
	return nil
}

// add enters things that have IDs.
func (s *snapshot) add(kind string, text json.RawMessage) error {
	var list []json.RawMessage
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	for _, one := range list {
		var key struct {
			ID                any    // a number or a text
			ProjectID         string `json:"projectId"`
			StorageLocationID int64  `json:"storageLocationId"`
		}
		decoder := json.NewDecoder(bytes.NewReader(one))
		decoder.UseNumber()
		if err := decoder.Decode(&key); err != nil {
			return err
		}
		id := fmt.Sprint(key.ID)
		switch {
		case key.ProjectID != "": // a setting is found by its entity
			id = key.ProjectID
		case key.ID == nil:
			id = fmt.Sprint(key.StorageLocationID)
		}
		s.things[kind+" "+id] = one
	}
	return nil
}

// below is an entity and what lies below it.
func (s *snapshot) below(root string) map[string]bool {
	all := map[string]bool{}
	for id := range s.parents {
		for at := id; at != ""; at = s.parents[at] {
			if at == root {
				all[id] = true
				break
			}
			if s.parents[at] == at {
				break
			}
		}
	}
	return all
}

// concerning is everything that some entities are, have or refer to; storage
// locations and access requirements are all of them.
func (s *snapshot) concerning(entities map[string]bool) map[string]json.RawMessage {
	found := map[string]json.RawMessage{}
	for thing, text := range s.things {
		if strings.HasPrefix(thing, "storage location ") || strings.HasPrefix(thing, "access requirement ") {
			found[thing] = text
		}
	}
	for id := range entities {
		for _, thing := range append(s.refers[id], "entity "+id, "upload setting "+id) {
			if text, there := s.things[thing]; there {
				found[thing] = text
			}
		}
	}
	return found
}
