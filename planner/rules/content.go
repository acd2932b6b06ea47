package rules

import (
	"slices"

	"synapse-migrate/planner"
)

// Rules about what a project holds, and what of it can travel.
const (
	ContentOtherEntity      planner.RuleID = "content/other-entity"
	ContentUnlisted         planner.RuleID = "content/unlisted"
	ContentWiki             planner.RuleID = "content/wiki"
	ContentDOI              planner.RuleID = "content/doi"
	ContentDiscussion       planner.RuleID = "content/discussion"
	ContentDates            planner.RuleID = "content/dates"
	ContentNotLooked        planner.RuleID = "content/not-looked-at"
	ContentProvenance       planner.RuleID = "content/provenance-hidden"
	ContentVersions         planner.RuleID = "content/older-versions"
	ContentShared           planner.RuleID = "content/shared-handle"
	ContentGone             planner.RuleID = "content/object-gone"
	ContentDenied           planner.RuleID = "content/object-denied"
	ContentChanged          planner.RuleID = "content/object-changed"
	ContentArchived         planner.RuleID = "content/archived"
	ContentArchivedKept     planner.RuleID = "content/archived-kept"
	ContentNoSize           planner.RuleID = "content/size-unknown"
	ContentNoDownload       planner.RuleID = "content/no-download"
	ContentUnreadable       planner.RuleID = "content/unreadable"
	ContentLink             planner.RuleID = "content/external-link"
	ContentUnknownHandle    planner.RuleID = "content/unknown-handle"
	ContentRegionUnknown    planner.RuleID = "content/region-unknown"
	ContentCompared         planner.RuleID = "content/compared-first"
	ContentSameETag         planner.RuleID = "content/same-etag"
	ContentComparedFile     planner.RuleID = "content/file-compared"
	ContentNotCompared      planner.RuleID = "content/not-compared"
	ContentOtherAnnotations planner.RuleID = "content/other-annotations"
	ContentImpossible       planner.RuleID = "content/action-impossible"
)

var contentRules = slices.Concat(leftBehindRules, fileVersionRules, recordRules,
	archiveRules, handleRules, wayRules, comparedRules)

var leftBehindRules = []Rule{
	{
		ID: ContentOtherEntity, Topic: TopicContent, Severity: planner.SeverityWarn,
		Summary: "An STS folder holds files and folders alone: tables, views, " +
			"links, Docker repositories, record sets and the like stay where they are, and " +
			"so does what is of a type that this program doesn't know yet.",
		Source: "StsManagerImpl (Can only create Files and Folders inside " +
			"STS-enabled folders), October 2024 snapshot",
		one:  "1 entity is neither a file nor a folder, and stays where it is",
		many: "%s entities are neither files nor folders, and stay where they are",
		Hint: "keep the source for them, or create them again in another folder; " +
			"queries and links name files by their Synapse IDs, which --mode " +
			"move keeps",
	},
	{
		ID: ContentUnlisted, Topic: TopicContent, Severity: planner.SeverityWarn,
		Summary: "Synapse lists children by their types, and none that the caller may not " +
			"see. A folder that has children and lists none of them holds what can't " +
			"travel; beside children that are listed, such content can't be noticed.",
		Source: "EntityManagerImpl.getChildren (includeTypes, READ), October 2024 " +
			"snapshot; EntityType, OpenAPI file of March 2026",
		one: "1 folder has content that Synapse doesn't list: of a type that this " +
			"program doesn't know, or that you may not see; it cannot travel",
		many: "%s folders have content that Synapse doesn't list: of types that this " +
			"program doesn't know, or that you may not see; it cannot travel",
		Hint: "look at these folders in Synapse, and keep the source for what is there",
	},
	{
		ID: ContentWiki, Topic: TopicContent, Severity: planner.SeverityWarn,
		Summary: "Wiki pages stay with the entity that they belong to.",
		Source:  "WikiPage (owner object), October 2024 snapshot",
		one:     "1 file or folder has a wiki, which stays behind",
		many:    "%s files or folders have wikis, which stay behind",
		Hint: "copy what is still needed by hand; --mode move keeps the wikis " +
			"of files",
	},
	{
		ID: ContentDOI, Topic: TopicContent, Severity: planner.SeverityWarn,
		Summary: "A DOI keeps pointing to the entity that it was made for.",
		Source:  "DoiAssociation (object ID), October 2024 snapshot",
		one:     "1 file or folder has a DOI, which still points to the source",
		many:    "%s files or folders have DOIs, which still point to the source",
		Hint: "keep what they point to, or use --mode move, which keeps the IDs " +
			"of files",
	},
	{
		ID: ContentDiscussion, Topic: TopicContent, Severity: planner.SeverityInfo,
		Summary: "Discussions name the entities of the source, and stay there.",
		Source:  "DiscussionThread (entity references), October 2024 snapshot",
		one:     "1 file or folder is mentioned in discussions, which stay behind",
		many:    "%s files or folders are mentioned in discussions, which stay behind",
	},
	{
		ID: ContentNotLooked, Topic: TopicContent, Severity: planner.SeverityInfo,
		Summary: "An object that no credentials at hand may look at is planned by what " +
			"its file handle says. Whether it is archived, encrypted with a key of the " +
			"customer's (SSE-C) or a KMS key, changed or gone shows only in the run.",
		Source: "this program",
		one: "1 file has an object that couldn't be looked at: whether it can be read " +
			"(archived, encrypted with a customer's key, gone) shows only in the run",
		many: "%s files have objects that couldn't be looked at: whether they can be read " +
			"(archived, encrypted with a customer's key, gone) shows only in the run",
		Hint: "credentials for their buckets let the plan look: --bucket-profile, or the " +
			"configuration file",
	},
	{
		ID: ContentDates, Topic: TopicContent, Severity: planner.SeverityInfo,
		Summary: "Synapse itself sets who made or changed an entity, and when: for " +
			"new entities, the caller and the time of the run.",
		Source: "Entity (createdOn, modifiedOn and their users are ignored on " +
			"input), October 2024 snapshot",
	},
}

var fileVersionRules = []Rule{
	{
		ID: ContentVersions, Topic: TopicContent, Severity: planner.SeverityInfo,
		Summary: "With --versions latest, older versions of files stay where they are.",
		Source:  "this program (--versions latest)",
		one:     "1 older version of a file stays where it is",
		many:    "%s older versions of files stay where they are",
		Hint:    "--versions all brings them too",
	},
	{
		ID: ContentProvenance, Topic: TopicContent, Severity: planner.SeverityInfo,
		Summary: "Provenance that the caller may not see is not kept.",
		Source:  "ActivityManagerImpl, October 2024 snapshot",
		one:     "1 file version has provenance that can't be seen, and loses it",
		many:    "%s file versions have provenance that can't be seen, and lose it",
		Hint:    "ask the owner of the source for access to it",
	},
	{
		ID: ContentShared, Topic: TopicContent, Severity: planner.SeverityInfo,
		Summary: "Files and versions with one file handle are one object, which is " +
			"migrated once and then used for all of them.",
		Source: "this program",
		one:    "1 file version has the object of another, which is migrated once",
		many:   "%s file versions have the objects of others, which are migrated once",
	},
}

var recordRules = []Rule{
	{
		ID: ContentGone, Topic: TopicContent, Severity: planner.SeverityBlock,
		Summary: "Synapse doesn't notice when an object is deleted: its file handle " +
			"then points to nothing.",
		Source: "FileHandleManagerImpl (objects are looked at once), October " +
			"2024 snapshot; HeadObject (404)",
		one:  "1 file points to an object that is not there any more",
		many: "%s files point to objects that are not there any more",
		Hint: "restore the objects in their bucket, from a backup or an earlier " +
			"version, or delete the files",
	},
	{
		ID: ContentDenied, Topic: TopicContent, Severity: planner.SeverityBlock,
		Summary: "Below the base key, S3 answers the folder's credentials alike " +
			"for an object that is gone and for one that may not be read.",
		Source: "sts-policy-template, October 2024 snapshot; S3 API Reference, " +
			"HeadObject (403 without s3:ListBucket)",
		one: "1 file points to an object below the base key that the folder's " +
			"credentials can't read; most often it is not there any more",
		many: "%s files point to objects below the base key that the folder's " +
			"credentials can't read; most often they are not there any more",
		Hint: "look for the objects in the bucket; if they are there, let " +
			"Synapse's role read them",
	},
	{
		ID: ContentChanged, Topic: TopicContent, Severity: planner.SeverityBlock,
		Summary: "An object whose size or MD5 differs from its file handle's was " +
			"overwritten after Synapse recorded it.",
		Source: "this program, by HeadObject",
		one: "1 file's object has another size or MD5 than Synapse recorded: it " +
			"was overwritten",
		many: "%s files' objects have other sizes or MD5s than Synapse recorded: " +
			"they were overwritten",
		Hint: "find out which content is right; upload it as a new version, or " +
			"restore the object that was recorded, and plan again",
	},
	{
		ID: ContentNoSize, Topic: TopicContent, Severity: planner.SeverityBlock,
		Summary: "A file handle without a size can't be planned, unless S3 tells " +
			"the object's.",
		Source: "FileHandle (contentSize), October 2024 snapshot",
		one:    "1 file's size is not known to Synapse",
		many:   "%s files' sizes are not known to Synapse",
		Hint:   "download and upload them again, or configure credentials for their bucket",
	},
}

var archiveRules = []Rule{
	{
		ID: ContentArchived, Topic: TopicContent, Severity: planner.SeverityBlock,
		Summary: "Synapse has put the object of an unlinked file handle into an " +
			"archive, from which it can't be read.",
		Source: "FileHandleStatus (ARCHIVED), October 2024 snapshot",
		one:    "1 file's object is archived by Synapse",
		many:   "%s files' objects are archived by Synapse",
		Hint: "have Synapse restore them (fileHandle/restore/async/start), then " +
			"plan again in a new run file",
	},
	{
		ID: ContentArchivedKept, Topic: TopicContent, Severity: planner.SeverityWarn,
		Summary: "An archived object that lies at the destination already is taken " +
			"over as it is.",
		Source: "FileHandleStatus (ARCHIVED), October 2024 snapshot",
		one: "1 object is archived by Synapse; its file can't be downloaded " +
			"until it is restored",
		many: "%s objects are archived by Synapse; their files can't be " +
			"downloaded until they are restored",
		Hint: "have Synapse restore them (fileHandle/restore/async/start)",
	},
}

var handleRules = []Rule{
	{
		ID: ContentNoDownload, Topic: TopicContent, Severity: planner.SeverityBlock,
		Summary: "A file whose file handle is not shown may not be downloaded by " +
			"the caller.",
		Source: "EntityBundleServiceImpl (fileHandles need DOWNLOAD), October " +
			"2024 snapshot",
		one:  "1 file may not be downloaded by you",
		many: "%s files may not be downloaded by you",
		Hint: "get the right DOWNLOAD, and meet the access requirements on the files",
	},
	{
		ID: ContentLink, Topic: TopicContent, Severity: planner.SeverityBlock,
		Summary: "A file that is a link (https, sftp) has no object; an STS folder " +
			"doesn't take it.",
		Source: "FileHandleManagerImpl (Cannot create ExternalFileHandle in an " +
			"STS-enabled storage location), October 2024 snapshot",
		one: "1 file is a link to an external address, and an STS folder can't " +
			"hold it",
		many: "%s files are links to external addresses, and an STS folder can't " +
			"hold them",
		Hint: "the links stay where they are; to have the content itself, " +
			"download it and use migrate urls",
	},
	{
		ID: ContentUnknownHandle, Topic: TopicContent, Severity: planner.SeverityBlock,
		Summary: "A file handle of a type that this program doesn't know, or one " +
			"that doesn't say where its object is stored, is left out.",
		Source: "this program",
		one:    "1 file has a file handle of an unknown type or without a bucket and key",
		many:   "%s files have file handles of unknown types or without buckets and keys",
		Hint:   "download and upload them again",
	},
	{
		ID: ContentUnreadable, Topic: TopicContent, Severity: planner.SeverityBlock,
		Summary: "An object in an object store that Synapse doesn't reach takes " +
			"credentials of its own.",
		Source: "ExternalObjectStoreFileHandle (no download URLs), October 2024 snapshot",
		one:    "1 file lies in an object store that can't be read with the credentials given",
		many: "%s files lie in object stores that can't be read with the " +
			"credentials given",
		Hint: "configure the bucket's endpoint and credentials, and plan again " +
			"in a new run file",
	},
}

var wayRules = []Rule{
	{
		ID: ContentRegionUnknown, Topic: TopicContent, Severity: planner.SeverityInfo,
		Summary: "Synapse copies inside one region alone. Where a bucket's region " +
			"is not known, it is taken for the destination's.",
		Source: "MultipartUploadCopyRequestHandler, October 2024 snapshot",
		one: "1 file is copied by Synapse from a bucket whose region, or the " +
			"destination's, is not known",
		many: "%s files are copied by Synapse from buckets whose regions, or the " +
			"destination's, are not known",
		Hint: "if Synapse refuses the copies, use --action stream or upload",
	},
	{
		ID: ContentImpossible, Topic: TopicContent, Severity: planner.SeverityBlock,
		Summary: "With --action, files for which the needs of that action aren't " +
			"met are left out.",
		Source: "this program",
		one:    "1 file can't be brought to the destination by the action asked for",
		many:   "%s files can't be brought to the destination by the action asked for",
		Hint: "leave --action out, and each file goes by the cheapest way that " +
			"is possible",
	},
}

var comparedRules = []Rule{
	{
		ID: ContentCompared, Topic: TopicContent, Severity: planner.SeverityInfo,
		Summary: "Where a key of the destination holds an object of the size of the " +
			"one that would be brought there, and nothing proves whether they are " +
			"the same, the run reads both: an equal object is used, another one is " +
			"left alone, and the file fails. The plan counts the bytes.",
		Source: "this program (--if-exists fail)",
		one: "1 object's key in the destination holds an object of the same size: " +
			"the run reads and compares both",
		many: "%s objects' keys in the destination hold objects of the same sizes: " +
			"the run reads and compares them",
	},
	{
		ID: ContentSameETag, Topic: TopicContent, Severity: planner.SeverityInfo,
		Summary: "Where a key of the destination holds an object of the size and the ETag of " +
			"the one that would be brought there, the plan doesn't look at it: they are " +
			"hardly different, but an equal ETag is no proof everywhere. The run looks, and " +
			"reads both where nothing else proves that they are the same; the plan doesn't " +
			"count these bytes.",
		Source: "this program",
		one: "1 object's key in the destination holds an object of the same size and ETag: " +
			"the run makes sure that it is the same, and reads both where it must",
		many: "%s objects' keys in the destination hold objects of the same sizes and ETags: " +
			"the run makes sure that they are the same, and reads those that it must",
	},
	{
		ID: ContentComparedFile, Topic: TopicContent, Severity: planner.SeverityInfo,
		Summary: "Where the destination holds a file of the name and the size, at the " +
			"place that the object would be brought to, and nothing proves whether it " +
			"has the same content, the run reads what it must to find out: an equal " +
			"one is taken for migrated, another one is left alone, and the item " +
			"fails. The plan counts the bytes.",
		Source: "this program (--if-exists fail)",
		one: "1 file may be in the destination already, but nothing proves that it is the " +
			"same: the run reads and compares",
		many: "%s files may be in the destination already, but nothing proves that they are " +
			"the same: the run reads and compares",
		Hint: "if they were migrated before, --if-exists skip leaves them as they are, unread",
	},
	{
		ID: ContentNotCompared, Topic: TopicContent, Severity: planner.SeverityBlock,
		Summary: "A file that has no MD5 in Synapse can't be compared with the " +
			"destination's file of its name and size, unless both objects lie at one key " +
			"and it has no older versions that travel.",
		Source: "this program (--if-exists fail)",
		one: "1 file may be in the destination already: a file of its name and size is, " +
			"but without an MD5 in the source they can't be compared",
		many: "%s files may be in the destination already: files of their names and sizes " +
			"are, but without MD5s in the source they can't be compared",
		Hint: "if they were migrated before, --if-exists skip leaves them as they are; " +
			"--if-exists replace brings them again, as new versions",
	},
	{
		ID: ContentOtherAnnotations, Topic: TopicContent, Severity: planner.SeverityWarn,
		Summary: "A file that is in the destination already is not changed, whatever its " +
			"annotations. The last version of a file with older ones gets them in a call " +
			"of its own, which an interrupted run may not have reached.",
		Source: "this program",
		one:    "1 file is in the destination already, with other annotations than in the source",
		many:   "%s files are in the destination already, with other annotations than in the source",
		Hint: "where nobody changed them on purpose, set them there, or delete the files in " +
			"the destination and plan again in a new run file",
	},
}
