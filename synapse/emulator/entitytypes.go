package emulator

import "synapse-migrate/synapse"

// shortNames are the types of entities: class, and the short name that
// listings filter by (EntityTypeUtils, October 2024 snapshot; EntityType of the
// OpenAPI file of March 2026).
var shortNames = map[string]string{
	synapse.TypeProject: "project",
	synapse.TypeFolder:  "folder",
	synapse.TypeFile:    "file",
	synapse.TypeLink:    "link",
	synapse.TypeTable:   "table",

	synapse.TypeDockerRepository: "dockerrepo",
	synapse.TypeRecordSet:        "recordset",

	modelPrefix + "table.EntityView":        "entityview",
	modelPrefix + "table.SubmissionView":    "submissionview",
	modelPrefix + "table.Dataset":           "dataset",
	modelPrefix + "table.DatasetCollection": "datasetcollection",
	modelPrefix + "table.MaterializedView":  "materializedview",
	modelPrefix + "table.VirtualTable":      "virtualtable",
}

const modelPrefix = "org.sagebionetworks.repo.model."

// isTable tells whether a kind is a table or something that reads like one.
func isTable(kind string) bool {
	switch shortNames[kind] {
	case "project", "folder", "file", "link", "dockerrepo", "recordset":
		return false
	}
	return true
}

// holdsFile tells whether entities of a kind are files, with a file handle
// for each version: the rules of file entities are those of record sets too
// (RecordSetMetadataProvider, 2026).
func holdsFile(kind string) bool {
	return kind == synapse.TypeFile || kind == synapse.TypeRecordSet
}

// isVersioned tells whether documents of a kind show their version.
func isVersioned(kind string) bool { return holdsFile(kind) || isTable(kind) }

// validParent tells whether an entity of a kind may live in a parent of a
// kind; an empty parent is none, or the root.
func validParent(kind, parent string) bool {
	switch {
	case kind == synapse.TypeProject:
		return parent == ""
	case shortNames[kind] == "dockerrepo":
		return parent == synapse.TypeProject
	default:
		return parent == synapse.TypeProject || parent == synapse.TypeFolder
	}
}

// checkParent is 400 for a parent of the wrong type.
func checkParent(kind, parent string) error {
	if validParent(kind, parent) {
		return nil
	}
	if parent == "" {
		parent = "null"
	}
	return invalidf("Entity type: %s cannot have a parent of type: %s", kind, parent)
}
