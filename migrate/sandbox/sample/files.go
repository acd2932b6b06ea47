package sample

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"path"
	"slices"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/synapse"
	"synapse-migrate/synapse/emulator"
)

// spec says what one file is to be. The zero value of a field leaves it to
// chance.
type spec struct {
	kind describe.Kind
	// path is from the project.
	path string
	// size of each version in bytes; empty makes 0 bytes.
	size  int
	empty bool
	// multipart objects have an ETag that is no MD5.
	multipart bool
	// versions is how many there are; gap takes the second one away.
	versions int
	gap      bool
	// full versions have everything that a version can.
	full bool
	// withoutMD5 leaves the MD5 out of the file handle.
	withoutMD5 bool
	// near puts the key beside the base key of External, not below it.
	near bool
	// shares takes the file handle of an earlier file's current version, by
	// path.
	shares     string
	controlled bool
}

// addFiles makes all files: one of everything first, then as many as are
// wanted.
func (m *maker) addFiles() error {
	all := specials()
	if m.request.Plain {
		all = slices.DeleteFunc(all, func(s spec) bool {
			return s.controlled || s.kind == describe.KindURL || s.kind == describe.KindObjectStore
		})
	}
	for len(all) < m.request.Files {
		all = append(all, m.ordinary())
	}
	for _, s := range all {
		if err := m.addFile(s); err != nil {
			return fmt.Errorf("file %q: %w", s.path, err)
		}
	}
	return nil
}

// ordinaryKinds are the storages of most files, by how often.
var ordinaryKinds = [...]describe.Kind{
	describe.KindSynapse, describe.KindSynapse, describe.KindSynapse,
	describe.KindOwn, describe.KindOwn, describe.KindBelow, describe.KindBelow,
	describe.KindForeign, describe.KindForeign, describe.KindElsewhere, describe.KindStaged,
}

// ordinary is one more file.
func (m *maker) ordinary() spec {
	m.spare++
	s := spec{kind: ordinaryKinds[m.rng.IntN(len(ordinaryKinds))]}
	folder := batch(m.rng.IntN(max(4, m.request.Files/filesPerFolder)))
	if s.kind == describe.KindStaged {
		folder = folderStaged
	}
	s.path = fmt.Sprintf("%s/sample-%05d.%s", folder, m.spare,
		[...]string{"txt", "csv", "bam", "json"}[m.rng.IntN(4)])
	if m.rng.IntN(5) == 0 {
		s.versions = 2 + m.rng.IntN(3)
		s.gap = s.versions > 2 && m.rng.IntN(2) == 0
	}
	return s
}

// addFile makes one file with its versions.
func (m *maker) addFile(s spec) error {
	folder, err := m.folder(path.Dir(s.path))
	if err != nil {
		return err
	}
	if m.names[s.path] {
		return fmt.Errorf("the path is taken")
	}
	m.names[s.path] = true
	file := describe.SampleFile{
		Path: s.path, Kind: s.kind, Controlled: s.controlled,
		Restricted: path.Dir(s.path) == folderRestricted ||
			path.Dir(s.path) == folderRestricted+"/Patients",
	}
	for number := range int64(max(1, s.versions)) {
		v := m.version(s, number+1)
		if s.shares != "" {
			m.share(&v, s.shares)
		} else {
			m.addHandle(s, &v)
		}
		if err := m.enter(&file, folder, v); err != nil {
			return err
		}
	}
	if s.gap {
		file.Versions = slices.Delete(file.Versions, 1, 2)
		if err := m.Synapse.RemoveVersion(file.ID, 2); err != nil {
			return err
		}
	}
	m.made.Files = append(m.made.Files, file)
	return nil
}

// share gives a version the file handle of an earlier file.
func (m *maker) share(v *describe.SampleVersion, from string) {
	for _, f := range m.made.Files {
		if f.Path != from {
			continue
		}
		c := f.Current()
		v.FileHandleID, v.StorageLocationID, v.Owner = c.FileHandleID, c.StorageLocationID, c.Owner
		v.Bucket, v.Key, v.MD5, v.HasMD5 = c.Bucket, c.Key, c.MD5, c.HasMD5
		v.SizeBytes, v.ContentType, v.FileName = c.SizeBytes, c.ContentType, c.FileName
	}
}

// enter puts a version into Synapse, the first one with its file.
func (m *maker) enter(file *describe.SampleFile, folder string, v describe.SampleVersion) (err error) {
	if file.ID == "" {
		file.ID, err = m.Synapse.AddFile(m.owner(), folder, path.Base(file.Path), v.FileHandleID)
		if err != nil {
			return err
		}
		if err := m.Synapse.SetAnnotations(file.ID, 0, inSynapse(v.Annotations)); err != nil {
			return err
		}
		if err := m.Synapse.SetGeneratedBy(file.ID, 0, v.ActivityID); err != nil {
			return err
		}
	} else {
		_, err := m.Synapse.AddVersion(file.ID, emulator.Version{
			FileHandleID: v.FileHandleID, Annotations: inSynapse(v.Annotations), ActivityID: v.ActivityID,
		})
		if err != nil {
			return err
		}
	}
	file.Versions = append(file.Versions, v)
	return m.Synapse.DescribeVersion(file.ID, 0, v.Description, v.Label, v.Comment)
}

// addHandle makes the file handle of a version, and the bytes behind it.
func (m *maker) addHandle(s spec, v *describe.SampleVersion) {
	content := m.content(s)
	sum := md5.Sum(content)
	v.MD5, v.SizeBytes = hex.EncodeToString(sum[:]), int64(len(content))
	v.HasMD5 = !s.withoutMD5 && s.kind != describe.KindURL
	v.StorageLocationID = m.made.Locations[s.kind]
	v.Bucket = m.made.Buckets[s.kind]
	v.Key = m.key(s, v.Number)
	v.Owner = m.owner()
	if s.kind == describe.KindForeign {
		v.Owner = m.Description.Colleague.ID
	}
	v.FileHandleID = m.Synapse.AddFileHandle(m.handle(s, *v))
	m.keep(s, *v, content)
}

// handle is the file handle of a version, by its kind.
func (m *maker) handle(s spec, v describe.SampleVersion) synapse.FileHandle {
	h := synapse.FileHandle{
		CreatedBy: fmt.Sprint(v.Owner), ContentType: v.ContentType, FileName: v.FileName,
		ContentSize: &v.SizeBytes,
	}
	if s.kind == describe.KindURL {
		h.ContentSize = nil
	}
	if v.StorageLocationID != 0 {
		h.StorageLocationID = &v.StorageLocationID
	}
	if v.HasMD5 {
		h.ContentMD5 = v.MD5
	}
	switch s.kind {
	case describe.KindGoogle:
		h.ConcreteType, h.BucketName, h.Key = synapse.TypeGoogleFileHandle, v.Bucket, v.Key
	case describe.KindProxy:
		h.ConcreteType, h.FilePath = synapse.TypeProxyFileHandle, v.Key
	case describe.KindObjectStore:
		h.ConcreteType, h.Bucket, h.FileKey = synapse.TypeObjectStoreFileHandle, v.Bucket, v.Key
		h.EndpointURL = m.Description.S3Endpoint
	case describe.KindURL:
		h.ConcreteType, h.ExternalURL = synapse.TypeExternalFileHandle, "https://data.example.org/"+v.Key
	default:
		h.ConcreteType, h.BucketName, h.Key = synapse.TypeS3FileHandle, v.Bucket, v.Key
	}
	return h
}

// key is where a version's bytes lie.
func (m *maker) key(s spec, version int64) string {
	name := s.path
	if version > 1 {
		name += fmt.Sprintf(".v%d", version)
	}
	base := m.Description.External.BaseKey
	switch s.kind {
	case describe.KindSynapse:
		return fmt.Sprintf("%d/%016x-%016x/%s", m.owner(), m.rng.Uint64(), m.rng.Uint64(), path.Base(s.path))
	case describe.KindOwn:
		if s.near {
			return base + "2/" + m.made.ID + "/" + name
		}
		return "archive/" + m.made.ID + "/" + name
	case describe.KindBelow:
		return base + "/incoming/" + m.made.ID + "/" + name
	case describe.KindStaged:
		return base + "/staged/" + m.made.ID + "/" + name
	}
	return m.made.ID + "/" + name
}
