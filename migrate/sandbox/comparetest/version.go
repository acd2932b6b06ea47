package comparetest

import (
	"fmt"
	"slices"
	"strings"

	"synapse-migrate/migrate/sandbox/describe"
)

// compareFile compares one file with what it was in the source.
func (c *checker) compareFile(path string, got projectFile, want describe.SampleFile) {
	if c.migration.Move {
		c.equal(path, "entity ID", got.ID, want.ID)
	} else if got.ID == want.ID {
		c.say(path, "is the source's own entity %s", got.ID)
	}
	versions := want.Versions
	if c.migration.Latest && !c.migration.Move {
		versions = versions[len(versions)-1:]
	}
	if len(got.versions) != len(versions) {
		c.say(path, "%d versions, want %d", len(got.versions), len(versions))
		return
	}
	for i, v := range versions {
		number := int64(i + 1)
		if c.migration.Move {
			number = v.Number
		}
		g := got.versions[i]
		at := path
		if i < len(versions)-1 {
			at = fmt.Sprintf("%s, version %d", path, number)
		}
		c.equal(at, "version number", g.Entity.VersionNumber, number)
		c.texts(at, g, v)
		c.provenance(at, g, v, want.ID)
		if c.migration.Move && c.migration.Latest && i < len(versions)-1 {
			c.equal(at, "file handle", g.Entity.DataFileHandleID, v.FileHandleID)
			continue
		}
		c.handle(at, g, v)
		c.place(at, g, want.Kind, v)
	}
}

// texts compares what a version says of itself.
func (c *checker) texts(at string, got projectVersion, want describe.SampleVersion) {
	c.equal(at, "label", got.Entity.VersionLabel, want.Label)
	c.equal(at, "comment", got.Entity.VersionComment, want.Comment)
	c.equal(at, "description", got.Entity.Description, want.Description)
	c.annotations(at, got.Annotations.Annotations, want.Annotations)
}

// handle compares the file handle and the bytes.
func (c *checker) handle(at string, got projectVersion, want describe.SampleVersion) {
	h := got.handle()
	c.equal(at, "the file handle's MD5", h.ContentMd5, want.MD5)
	c.equal(at, "the file handle's size", h.ContentSize, want.SizeBytes)
	c.equal(at, "content type", h.ContentType, want.ContentType)
	c.equal(at, "the download's name", h.FileName, want.FileName)
	if got.unread != "" {
		c.say(at, "its bytes can't be read: %s", got.unread)
		return
	}
	c.equal(at, "MD5 of the bytes", got.md5, want.MD5)
	c.equal(at, "number of bytes", got.sizeBytes, want.SizeBytes)
}

// place compares where the bytes lie.
func (c *checker) place(
	at string, got projectVersion, kind describe.Kind, want describe.SampleVersion,
) {
	key, base := got.handle().Key, c.migration.BaseKey
	if base != "" && !strings.HasPrefix(key, base+"/") {
		c.say(at, "key %q is not below %s/", key, base)
	}
	stays := kind == describe.KindBelow || kind == describe.KindStaged
	if c.migration.Mirrored && !stays && !slices.Contains(c.mirrors[want.FileHandleID], key) {
		c.say(at, "key is %s, want one of %q", key, c.mirrors[want.FileHandleID])
	}
}

// mirror notes the keys that mirror the paths of a file's versions: those
// that share a file handle lie where any of them would.
func (c *checker) mirror(path string, f describe.SampleFile) {
	for i, v := range f.Versions {
		key := path
		if i < len(f.Versions)-1 {
			key = fmt.Sprintf(".versions/%s/%d", path, v.Number)
		}
		if c.migration.BaseKey != "" {
			key = c.migration.BaseKey + "/" + key
		}
		c.mirrors[v.FileHandleID] = append(c.mirrors[v.FileHandleID], key)
	}
}

// linkName is what activities are called that say where a file came from.
const linkName = "Migrated"

// provenance compares the activity that made a version.
func (c *checker) provenance(
	at string, got projectVersion, want describe.SampleVersion, sourceID string,
) {
	id := ""
	if got.Activity != nil {
		id = got.Activity.ID
	}
	switch {
	case c.migration.Move, c.migration.Provenance == "", c.migration.Provenance == "keep":
		c.equal(at, "activity", id, want.ActivityID)
	case c.migration.Provenance == "none":
		c.equal(at, "activity", id, "")
	case got.Activity == nil:
		c.say(at, "no activity says where it came from")
	default:
		c.equal(at, "the activity's name", got.Activity.Name, linkName)
		origin := func(u used) bool {
			return u.Reference.TargetID == sourceID && u.Reference.TargetVersionNumber == want.Number &&
				!u.WasExecuted
		}
		if !slices.ContainsFunc(got.Activity.Used, origin) {
			c.say(at, "its activity doesn't name version %d of %s", want.Number, sourceID)
		}
	}
}
