package sample

import (
	"fmt"
	"path"
	"strings"

	"synapse-migrate/migrate/sandbox/describe"
	"synapse-migrate/synapse"
)

// Folders with a part to play.
const (
	folderRestricted = "Restricted"
	folderControlled = "Controlled"
	folderStaged     = "Staged"
	folderOdd        = "It's (odd), +more"
	folderReports    = "Reports"
	folderEmpty      = "Nothing in it"
)

// deepest is how many folders are nested in each other.
const deepest = 20

// filesPerFolder is how many ordinary files a folder gets.
const filesPerFolder = 40

// addFolders makes the tree of folders.
func (m *maker) addFolders() error {
	paths := []string{
		folderReports, folderRestricted, folderRestricted + "/Patients", folderStaged,
		folderOdd, folderOdd + "/..hidden", folderEmpty, deep(),
	}
	for i := range max(4, m.request.Files/filesPerFolder) {
		paths = append(paths, batch(i))
	}
	for _, p := range paths {
		if _, err := m.folder(p); err != nil {
			return err
		}
	}
	m.made.RestrictedFolder = m.folders[folderRestricted]
	if err := m.Synapse.SetACL(m.made.RestrictedFolder, m.ownerAccess()); err != nil {
		return err
	}
	return m.Synapse.SetUploadSetting(m.folders[folderStaged],
		m.made.Locations[describe.KindStaged])
}

// batch is the path of an ordinary folder.
func batch(i int) string { return fmt.Sprintf("Data/run %02d/batch-%03d", i/10, i) }

// deep is the path of the deepest folder.
func deep() string {
	names := []string{"Deep"}
	for i := range deepest - 1 {
		names = append(names, fmt.Sprintf("level %d", i+2))
	}
	return strings.Join(names, "/")
}

// folder finds the folder of a path or makes it, those above it first.
func (m *maker) folder(p string) (string, error) {
	if p == "." {
		return m.made.ID, nil
	}
	if id := m.folders[p]; id != "" {
		return id, nil
	}
	parent, err := m.folder(path.Dir(p))
	if err != nil {
		return "", err
	}
	id, err := m.Synapse.AddFolder(m.owner(), parent, path.Base(p))
	if err != nil {
		return "", err
	}
	m.folders[p], m.names[p] = id, true
	one := describe.SampleFolder{ID: id, Path: p}
	if m.rng.IntN(3) == 0 {
		one.Description = "All of " + path.Base(p)
		one.Annotations = m.annotations()
	}
	m.made.Folders = append(m.made.Folders, one)
	if err := m.Synapse.DescribeVersion(id, 0, one.Description, "", ""); err != nil {
		return "", err
	}
	return id, m.Synapse.SetAnnotations(id, 0, inSynapse(one.Annotations))
}

// inSynapse are annotations in the API's words.
func inSynapse(values map[string]describe.SampleValue) map[string]synapse.AnnotationValue {
	all := make(map[string]synapse.AnnotationValue, len(values))
	for key, v := range values {
		all[key] = synapse.AnnotationValue{Type: v.Type, Value: v.Value}
	}
	return all
}
