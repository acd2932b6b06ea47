package listing

import (
	"slices"
	"strings"

	"synapse-migrate/planner"
	"synapse-migrate/planner/destination"
	"synapse-migrate/planner/seal"
)

// openFolder is a folder that the next key may still fall into.
type openFolder struct {
	planner.Folder
	seal.Load
}

// openShard is an existing shard of an open folder, with a place in the plan
// since files in it are replaced, or since keys lead through it.
type openShard struct {
	ID       int64  `json:"id"`
	ParentID int64  `json:"parentId"`
	Name     string `json:"name"`
	EntityID string `json:"entityId"`
	// Replaced is the number of files replaced.
	Replaced int64 `json:"replaced,omitempty"`
}

// folderStack makes folders as keys go by. Keys below one prefix follow each
// other in binary order, so a folder that was left is never entered again,
// and the chain of folders at the last key is all there is to remember.
type folderStack struct {
	// chain begins with the destination folder, whose ID is 0.
	chain  []openFolder
	lastID int64
	limit  int64
	// shards belong to the folders of the chain.
	shards []openShard
}

// restoreFolders picks up the chain of a cursor.
func restoreFolders(c planner.Cursor, loads []seal.Load, limit int64) folderStack {
	s := folderStack{lastID: c.LastFolderID, limit: limit, chain: make([]openFolder, 1)}
	for _, f := range c.OpenFolders {
		s.chain = append(s.chain, openFolder{Folder: f})
	}
	for i := range min(len(loads), len(s.chain)) {
		s.chain[i].Load = loads[i]
	}
	return s
}

// enter leaves the folders that the path does not lead through, and makes
// those that are missing. It returns the folders made, and those left that
// are too full.
func (s *folderStack) enter(names []string, at destination.Location) (made []planner.Folder, full []seal.FullFolder) {
	if s.chain[0].Load == (seal.Load{}) && len(at.Levels) > 0 {
		s.chain[0].Existing = at.Levels[0].Children
	}
	shared := 0
	for shared < len(names) && shared+1 < len(s.chain) && s.chain[shared+1].Name == names[shared] {
		shared++
	}
	full = s.leave(shared + 1)
	for i := shared; i < len(names); i++ {
		var entityID string
		var children int64
		if i+1 < len(at.Levels) {
			entityID, children = at.Levels[i+1].EntityID, at.Levels[i+1].Children
		}
		f, isNew := s.child(names[i], entityID)
		if isNew {
			made = append(made, f.Folder)
		}
		f.Existing += children
		s.chain = append(s.chain, f)
	}
	return made, full
}

// child is the folder of that name in the innermost one, which it is counted
// in when it is new. One that exists and is named like a shard may have a
// place in the plan already.
func (s *folderStack) child(name, entityID string) (f openFolder, isNew bool) {
	parent := &s.chain[len(s.chain)-1]
	f.Folder = planner.Folder{
		ParentID: parent.ID, Name: name, EntityID: entityID,
		Path: strings.TrimPrefix(parent.Path+"/"+name, "/"),
	}
	if i := s.shard(name); i >= 0 {
		f.ID = s.shards[i].ID
		f.Load = seal.Load{Existing: -s.shards[i].Replaced, Planned: s.shards[i].Replaced}
		return f, false
	}
	s.lastID++
	f.ID = s.lastID
	parent.Count(entityID != "")
	if entityID != "" && destination.ShardNumber(name) > 0 {
		s.shards = append(s.shards, openShard{
			ID: f.ID, ParentID: f.ParentID, Name: name, EntityID: entityID,
		})
	}
	return f, true
}

// shard is the index of the open shard of that name in the innermost folder,
// -1 when there is none.
func (s *folderStack) shard(name string) int {
	parentID := s.chain[len(s.chain)-1].ID
	return slices.IndexFunc(s.shards, func(o openShard) bool {
		return o.ParentID == parentID && o.Name == name
	})
}

// replace counts a file to be replaced in a shard of the innermost folder. It
// returns the shard's ID, and the shard where it is new to the plan.
func (s *folderStack) replace(file destination.ShardFile) (id int64, made []planner.Folder) {
	if f, isNew := s.child(file.Shard, file.ShardID); isNew {
		made = []planner.Folder{f.Folder}
	}
	shard := &s.shards[s.shard(file.Shard)]
	shard.Replaced++
	return shard.ID, made
}

// add counts an item in the innermost folder and returns the folder's ID.
func (s *folderStack) add(existing bool) int64 {
	f := &s.chain[len(s.chain)-1]
	f.Count(existing)
	return f.ID
}

// leave cuts the chain to n folders.
func (s *folderStack) leave(n int) []seal.FullFolder {
	var full []seal.FullFolder
	for _, f := range s.chain[n:] {
		full = s.judge(full, f)
		s.shards = slices.DeleteFunc(s.shards, func(o openShard) bool {
			return o.ParentID == f.ID
		})
	}
	s.chain = s.chain[:n]
	return full
}

// closeAll ends the listing: every folder is left.
func (s *folderStack) closeAll() []seal.FullFolder {
	full := s.judge(nil, s.chain[0])
	full = append(full, s.leave(1)...)
	return full
}

// judge adds f where what it has and what it gets are too many. Folders that
// get too many by the plan alone are found by the Reviewer.
func (s *folderStack) judge(full []seal.FullFolder, f openFolder) []seal.FullFolder {
	if f.Existing > 0 && f.Existing+f.Planned > s.limit {
		full = append(full, seal.FullFolder{FolderID: f.ID, Existing: f.Existing})
	}
	return full
}

// open is the chain below the destination folder.
func (s *folderStack) open() []planner.Folder {
	var folders []planner.Folder
	for _, f := range s.chain[1:] {
		folders = append(folders, f.Folder)
	}
	return folders
}

// loads are those of the chain.
func (s *folderStack) loads() []seal.Load {
	loads := make([]seal.Load, len(s.chain))
	for i, f := range s.chain {
		loads[i] = f.Load
	}
	return loads
}
