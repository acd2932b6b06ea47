package rules

import (
	"slices"

	"synapse-migrate/planner"
)

// Rules about what directories and lists of URLs hold.
const (
	SourceSymbolicLink  planner.RuleID = "source/symbolic-link"
	SourceSpecialFile   planner.RuleID = "source/special-file"
	SourceOwnFile       planner.RuleID = "source/own-file"
	SourceFileUnread    planner.RuleID = "source/file-unreadable"
	SourceFolderUnread  planner.RuleID = "source/directory-unreadable"
	SourceURLGone       planner.RuleID = "source/url-gone"
	SourceURLRefused    planner.RuleID = "source/url-refused"
	SourceURLNotRead    planner.RuleID = "source/url-not-followed"
	SourceURLNoSize     planner.RuleID = "source/url-no-size"
	SourceURLOtherSize  planner.RuleID = "source/url-size-differs"
	SourceURLNoRanges   planner.RuleID = "source/url-no-ranges"
	SourceURLPage       planner.RuleID = "source/url-web-page"
	SourceURLPathTwice  planner.RuleID = "source/url-path-twice"
	SourceURLPathUnsafe planner.RuleID = "source/url-path-unsafe"
)

var otherSourceRules = slices.Concat(directoryRules, urlRules, urlListRules)

var directoryRules = []Rule{
	{
		ID: SourceSymbolicLink, Topic: TopicSource, Severity: planner.SeverityInfo,
		Summary: "Symbolic links in a source directory are skipped. With " +
			"--follow-links, those to files inside of it are read; those to " +
			"directories, and those that lead outside or nowhere, are skipped.",
		Source: "this program",
		one:    "1 symbolic link is skipped",
		many:   "%s symbolic links are skipped",
		Hint:   "--follow-links reads what links to files inside the directory lead to",
	},
	{
		ID: SourceSpecialFile, Topic: TopicSource, Severity: planner.SeverityInfo,
		Summary: "Pipes, sockets and devices in a source directory are skipped.",
		Source:  "this program",
		one:     "1 special file (pipe, socket or device) is skipped",
		many:    "%s special files (pipes, sockets or devices) are skipped",
	},
	{
		ID: SourceOwnFile, Topic: TopicSource, Severity: planner.SeverityInfo,
		Summary: "The run file of this very run, what SQLite keeps beside it, and " +
			"the log are no data, and change while it runs.",
		Source: "this program",
		one:    "1 file of this very run lies in the directory and is skipped",
		many:   "%s files of this very run lie in the directory and are skipped",
	},
	{
		ID: SourceFileUnread, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A file of a source directory can't be opened for reading.",
		Source:  "this program",
		one:     "1 file can't be read by this user",
		many:    "%s files can't be read by this user",
		Hint:    "allow reading them (chmod, chown) and plan again in a new run file",
	},
	{
		ID: SourceFolderUnread, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A directory below the source directory can't be listed, so that " +
			"nothing in it is migrated.",
		Source: "this program",
		one:    "1 directory can't be listed by this user; nothing in it is migrated",
		many:   "%s directories can't be listed by this user; nothing in them is migrated",
		Hint:   "allow reading them (chmod, chown) and plan again in a new run file",
	},
}

var urlRules = []Rule{
	{
		ID: SourceURLGone, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A server answers 404 or 410 to a URL.",
		Source:  "RFC 9110, sections 15.5.5 and 15.5.11",
		one:     "nothing is found at 1 URL",
		many:    "nothing is found at %s URLs",
	},
	{
		ID: SourceURLRefused, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A server refuses a URL (400, 401, 403): a presigned one has " +
			"expired, or was signed for something else than GET.",
		Source: "S3 User Guide, sharing objects with presigned URLs",
		one:    "the server refuses 1 URL; a presigned one may have expired",
		many:   "the servers refuse %s URLs; presigned ones may have expired",
		Hint:   "sign them again for GET, and plan again in a new run file",
	},
	{
		ID: SourceURLNotRead, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A URL, or one that it redirects to, is not https, or holds a user " +
			"name; or redirects lead on and on.",
		Source: "this program",
		one:    "1 URL is not followed",
		many:   "%s URLs are not followed",
		Hint:   "--allow-plain-http reads from http too, in the clear",
	},
	{
		ID: SourceURLNoSize, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "Neither the list nor the server says how large a file is.",
		Source:  "this program",
		one:     "the size of the file at 1 URL is not known",
		many:    "the sizes of the files at %s URLs are not known",
		Hint:    "give their sizes in the list",
	},
	{
		ID: SourceURLOtherSize, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A server says another size than the list.",
		Source:  "this program",
		one:     "the server says another size than the list for 1 URL",
		many:    "the servers say other sizes than the list for %s URLs",
		Hint:    "the list is out of date, or the URL leads to a page instead of the file",
	},
	{
		ID: SourceURLPage, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A server answers with a web page (text/html) for a path that isn't " +
			"named like one, and the list says neither the size nor the MD5: most " +
			"often it is a page to log in, or one that says why there is no file.",
		Source: "this program",
		one:    "the answer to 1 URL is a web page, not a file",
		many:   "the answers to %s URLs are web pages, not files",
		Hint: "open one in a browser: the URL may need a login, or have expired; give " +
			"size or MD5 in the list for files that are pages all the same",
	},
	{
		ID: SourceURLNoRanges, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A file of more than one part is read in ranges, which not all " +
			"servers give (Range, RFC 9110, section 14).",
		Source: "this program",
		one:    "1 URL's server gives whole files only, and the file is larger than one part",
		many:   "the servers of %s URLs give whole files only, and the files are larger than one part",
		Hint: "a larger --part-size (which needs as much memory) takes them in one " +
			"part; or download them, and use migrate local",
	},
}

var urlListRules = []Rule{
	{
		ID: SourceURLPathTwice, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A path occurs in a list of URLs more than once: none of its " +
			"rows is migrated.",
		Source: "this program",
		one:    "1 path occurs in the list more than once",
		many:   "%s paths occur in the list more than once",
		Hint:   "give each URL a path of its own",
	},
	{
		ID: SourceURLPathUnsafe, Topic: TopicSource, Severity: planner.SeverityBlock,
		Summary: "A path in a list of URLs is relative and leads down: it has no " +
			"slash at its ends, none twice in a row, and no segments . and ..",
		Source: "this program",
		one:    "1 row has a path that isn't relative, or leads up",
		many:   "%s rows have paths that aren't relative, or lead up",
		Hint:   "write paths as folder/file.txt",
	},
}
