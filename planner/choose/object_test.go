package choose_test

import (
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
)

const sum = "0123456789abcdef0123456789abcdef"

// seen are the facts of an object that was headed, below the prefix "run/".
func seen(bucketName, key string, size int64) choose.ObjectFacts {
	o := planner.Object{Bucket: bucketName, Key: key, SizeBytes: size, ETag: sum}
	return choose.ObjectFacts{
		Object: o, Path: choose.PathOf(key, "run/", planner.NamesFail),
		SameEndpoint: true, Head: choose.HeadSeen,
		Detail: planner.Detail{ETagsAreMD5: true, Object: o, ContentType: "application/x-bam"},
	}
}

// chooseCase is an object at a destination, and what is decided.
type chooseCase struct {
	name   string
	object choose.ObjectFacts
	facts  rules.DestinationFacts
	opt    planner.Options
	want   choose.Decision
}

func TestChoose(t *testing.T) {
	for topic, cases := range map[string][]chooseCase{
		"action": actionCases(), "left out": leftOutCases(), "head": headCases(),
	} {
		for _, tt := range cases {
			t.Run(topic+"/"+tt.name, func(t *testing.T) {
				equal(t, "decision", choose.Object(tt.object, tt.facts, tt.opt), tt.want)
			})
		}
	}
}

const uuid = "00000000-1111-2222-3333-444444444444"

// foreign is an object of another bucket.
func foreign() choose.ObjectFacts { return seen("src", "run/a/b.bam", 9) }

// object is a foreign object, changed.
func object(edit func(*choose.ObjectFacts)) choose.ObjectFacts {
	o := foreign()
	edit(&o)
	return o
}

// facts are those of an external destination, changed.
func facts(edit func(*rules.DestinationFacts)) rules.DestinationFacts {
	f := externalFacts()
	edit(&f)
	return f
}

// whereCopies are the facts after a copy probe.
func whereCopies(p rules.CopyProbe) rules.DestinationFacts {
	return facts(func(f *rules.DestinationFacts) { f.Copy = p })
}

func blocked(rule planner.RuleID) choose.Decision {
	return choose.Decision{Action: planner.ActionBlock, Rule: rule}
}

func skipped(rule planner.RuleID) choose.Decision {
	return choose.Decision{Action: planner.ActionSkip, Rule: rule}
}

// moved is a decision with the MD5 from the ETag, and notes.
func moved(a planner.Action, key string, notes ...planner.RuleID) choose.Decision {
	return choose.Decision{
		Action: a, DestKey: key, MD5: sum, MD5Source: planner.MD5ETag,
		ContentType: "application/x-bam", Notes: notes,
	}
}

func inPlace(key string) choose.Decision { return moved(planner.ActionRegister, key) }

// streamed is a stream of an object that was headed.
func streamed(key string, notes ...planner.RuleID) choose.Decision {
	return choose.Decision{
		Action: planner.ActionStream, DestKey: key, MD5Source: planner.MD5Passing,
		ContentType: "application/x-bam", Notes: notes,
	}
}

// actionCases are about the action that is chosen.
func actionCases() []chooseCase {
	copies := whereCopies(rules.CopyPossible)
	streams := whereCopies(rules.CopyImpossible)
	copied := moved(planner.ActionCopy, "base/a/b.bam")
	uploaded := moved(planner.ActionUpload, "")
	strangers := facts(func(f *rules.DestinationFacts) { f.Destination.OwnedByCaller = false })
	return []chooseCase{
		{"in place", seen("dest", "base/x/b.bam", 9),
			externalFacts(), planner.Options{}, inPlace("base/x/b.bam")},
		{"in place without base key", seen("dest", "x/b.bam", 9),
			facts(func(f *rules.DestinationFacts) { f.Destination.BaseKey = "" }),
			planner.Options{}, inPlace("x/b.bam")},
		{"in place, not examined yet", object(func(o *choose.ObjectFacts) {
			*o = seen("dest", "base/x", 9)
			o.Head = choose.HeadNone
		}), externalFacts(), planner.Options{},
			choose.Decision{Action: planner.ActionRegister, DestKey: "base/x", Examine: true}},
		{"in place, copy asked for, onto itself", object(func(o *choose.ObjectFacts) {
			*o = seen("dest", "base/x", 9)
			o.Path = choose.PathOf("base/x", "base/", planner.NamesFail)
		}), copies, planner.Options{Force: planner.ActionCopy}, inPlace("base/x")},
		{"in place, copy asked for, to another key", seen("dest", "base/x", 9), copies,
			planner.Options{Force: planner.ActionCopy}, choose.Decision{
				Action: planner.ActionCopy, DestKey: "base/base/x", MD5: sum,
				MD5Source: planner.MD5ETag, ContentType: "application/x-bam"}},
		{"own bucket, looks like the base key", seen("dest", "base2/x", 9), copies, planner.Options{},
			choose.Decision{
				Action: planner.ActionCopy, DestKey: "base/base2/x", MD5: sum,
				MD5Source:   planner.MD5ETag,
				ContentType: "application/x-bam", Notes: []planner.RuleID{rules.PlaceLookAlike}}},
		{"own bucket, register asked for, outside", seen("dest", "base2/x", 9), copies,
			planner.Options{Force: planner.ActionRegister}, blocked(rules.PlaceOutside)},
		{"another bucket has no base key to look like", seen("src", "base2/x", 9), copies,
			planner.Options{}, moved(planner.ActionCopy, "base/base2/x")},
		{"same name on another service", object(func(o *choose.ObjectFacts) {
			*o = seen("dest", "base/x", 9)
			o.SameEndpoint = false
		}), externalFacts(), planner.Options{}, choose.Decision{
			Action: planner.ActionStream, DestKey: "base/base/x", MD5Source: planner.MD5Passing,
			ContentType: "application/x-bam"}},
		{"copy", foreign(), copies, planner.Options{}, copied},
		{"copy not probed", foreign(), externalFacts(), planner.Options{},
			choose.Decision{Action: planner.ActionStream, Probe: true, DestKey: "base/a/b.bam"}},
		{"copy with the source's credentials", foreign(),
			streams, planner.Options{CopyWithSource: true}, copied},
		{"copy asked for, not possible", foreign(), streams,
			planner.Options{Force: planner.ActionCopy}, blocked(rules.PlaceCantBeDone)},
		{"stream", foreign(), streams, planner.Options{}, streamed("base/a/b.bam")},
		{"stream asked for", foreign(),
			copies, planner.Options{Force: planner.ActionStream}, streamed("base/a/b.bam")},
		{"stream of a file on disk needs no look", object(func(o *choose.ObjectFacts) {
			o.Head, o.Object.Bucket = choose.HeadNone, ""
		}), streams, planner.Options{NoPreviews: true},
			choose.Decision{Action: planner.ActionStream, DestKey: "base/a/b.bam",
				MD5Source: planner.MD5Passing}},
		{"stream of an object does", object(func(o *choose.ObjectFacts) { o.Head = choose.HeadNone }),
			streams, planner.Options{},
			choose.Decision{Action: planner.ActionStream, DestKey: "base/a/b.bam", Examine: true}},
		{"stream without bytes", object(func(o *choose.ObjectFacts) {
			o.Head, o.Object.SizeBytes, o.Object.Bucket = choose.HeadNone, 0, ""
		}), streams, planner.Options{}, choose.Decision{
			Action: planner.ActionStream, DestKey: "base/a/b.bam",
			MD5: "d41d8cd98f00b204e9800998ecf8427e", MD5Source: planner.MD5Empty}},
		{"managed", foreign(), managedFacts(), planner.Options{}, uploaded},
		{"managed, copy asked for", foreign(), managedFacts(),
			planner.Options{Force: planner.ActionCopy}, blocked(rules.PlaceCantBeDone)},
		{"somebody else's location", foreign(), strangers, planner.Options{}, uploaded},
		{"somebody else's location, in place", seen("dest", "base/x", 9), strangers,
			planner.Options{}, uploaded},
		{"no credentials for the destination", foreign(),
			facts(func(f *rules.DestinationFacts) { f.STS = rules.STSRefused }),
			planner.Options{}, uploaded},
		{"no credentials, in place", seen("dest", "base/x", 9),
			facts(func(f *rules.DestinationFacts) { f.STS = rules.STSRefused }),
			planner.Options{}, inPlace("base/x")},
		{"upload asked for, in place", seen("dest", "base/x", 9), externalFacts(),
			planner.Options{Force: planner.ActionUpload}, uploaded},
	}
}

// leftOutCases are about what is skipped or blocked by the listing alone.
func leftOutCases() []chooseCase {
	copies := whereCopies(rules.CopyPossible)
	copied := moved(planner.ActionCopy, "base/a/b.bam")
	uploaded := moved(planner.ActionUpload, "")
	return []chooseCase{
		{"directory marker", seen("src", "run/a/", 0),
			copies, planner.Options{}, skipped(rules.ObjectsMarker)},
		{"owner.txt", seen("dest", "base/owner.txt", 9),
			copies, planner.Options{}, skipped(rules.PlaceOwnerTxt)},
		{"would become owner.txt", seen("src", "run/owner.txt", 9),
			copies, planner.Options{}, skipped(rules.PlaceOwnerTxt)},
		{"owner.txt deeper down", seen("dest", "base/run/owner.txt", 9),
			copies, planner.Options{}, inPlace("base/run/owner.txt")},
		{"owner.txt into a managed folder", seen("src", "run/owner.txt", 9),
			managedFacts(), planner.Options{}, uploaded},
		{"preview", seen("dest", "base/7/"+uuid+"/"+uuid, 9),
			copies, planner.Options{}, skipped(rules.ObjectsPreview)},
		{"an upload through Synapse is no preview", seen("dest", "base/7/"+uuid+"/a.bam", 9), copies,
			planner.Options{}, inPlace("base/7/" + uuid + "/a.bam")},
		{"preview of another bucket is data", seen("src", "run/7/"+uuid+"/"+uuid, 9),
			copies, planner.Options{},
			choose.Decision{Action: planner.ActionCopy, DestKey: "base/7/" + uuid + "/" + uuid,
				MD5:       sum,
				MD5Source: planner.MD5ETag, ContentType: "application/x-bam"}},

		{"bad name", seen("src", "run/a=b", 9),
			copies, planner.Options{}, blocked(rules.NamesInvalid)},
		{"not UTF-8", seen("src", "run/\xff", 9),
			copies, planner.Options{}, blocked(rules.NamesNotUTF8)},
		{"long key", seen("dest", "base/"+strings.Repeat("d/", 20)+strings.Repeat("a", 200)+"/"+
			strings.Repeat("b", 200)+"/"+strings.Repeat("c", 253), 9),
			externalFacts(), planner.Options{}, inPlace(
				"base/" + strings.Repeat("d/", 20) + strings.Repeat("a", 200) + "/" +
					strings.Repeat("b", 200) + "/" + strings.Repeat("c", 253))},
		{"longer key", seen("dest", "base/"+strings.Repeat("d/", 20)+strings.Repeat("a", 200)+"/"+
			strings.Repeat("b", 200)+"/"+strings.Repeat("c", 254), 9),
			externalFacts(), planner.Options{},
			blocked(rules.LimitsKeyTooLong)},
		{"too deep", seen("src", "run/"+strings.Repeat("d/", 47)+"x", 9), copies, planner.Options{},
			blocked(rules.LimitsDepth)},
		{"as deep as can be", seen("src", "run/"+strings.Repeat("d/", 46)+"x", 9),
			copies, planner.Options{},
			choose.Decision{Action: planner.ActionCopy, DestKey: "base/" + strings.Repeat("d/",
				46) + "x",
				MD5: sum, MD5Source: planner.MD5ETag, ContentType: "application/x-bam"}},
		{"zero bytes to upload", seen("src", "run/x", 0), managedFacts(), planner.Options{},
			blocked(rules.LimitsZeroBytes)},
		{"5 TiB to upload", seen("src", "run/a/b.bam", 5<<40),
			managedFacts(), planner.Options{}, uploaded},
		{"over 5 TiB to upload", seen("src", "run/x", 5<<40+1), managedFacts(), planner.Options{},
			blocked(rules.LimitsTooLarge)},
		{"over 5 TiB to copy", seen("src", "run/a/b.bam", 5<<40+1), copies, planner.Options{}, copied},
		{"over 48.8 TiB to copy", seen("src", "run/x", 10_000*5<<30+1), copies, planner.Options{},
			blocked(rules.LimitsTooLarge)},
		{"over 48.8 TiB in place", seen("dest", "base/x", 10_000*5<<30+1),
			copies, planner.Options{}, inPlace("base/x")},
	}
}

// headCases are about what HeadObject answers.
func headCases() []chooseCase {
	copies := whereCopies(rules.CopyPossible)
	streams := whereCopies(rules.CopyImpossible)
	copied := moved(planner.ActionCopy, "base/a/b.bam")
	return []chooseCase{
		{"gone", object(func(o *choose.ObjectFacts) { o.Head = choose.HeadGone }),
			copies, planner.Options{},
			blocked(rules.ObjectsGone)},
		{"denied", object(func(o *choose.ObjectFacts) { o.Head = choose.HeadDenied }),
			copies, planner.Options{},
			blocked(rules.ObjectsUnreadable)},
		{"customer key", object(func(o *choose.ObjectFacts) { o.Head = choose.HeadRefused }),
			copies, planner.Options{},
			blocked(rules.ObjectsCustomerKey)},
		{"archived", object(func(o *choose.ObjectFacts) { o.Detail.StorageClass = "GLACIER" }), copies,
			planner.Options{}, blocked(rules.ObjectsArchived)},
		{"being restored", object(func(o *choose.ObjectFacts) {
			o.Detail.StorageClass, o.Detail.Restore = "DEEP_ARCHIVE", `ongoing-request="true"`
		}), copies, planner.Options{}, blocked(rules.ObjectsArchived)},
		{"archived tier",
			object(func(o *choose.ObjectFacts) { o.Detail.ArchiveStatus = "ARCHIVE_ACCESS" }), copies,
			planner.Options{}, blocked(rules.ObjectsArchived)},
		{"instant retrieval",
			object(func(o *choose.ObjectFacts) { o.Detail.StorageClass = "GLACIER_IR" }), copies,
			planner.Options{}, copied},
		{"restored", object(func(o *choose.ObjectFacts) {
			o.Detail.StorageClass = "GLACIER"
			o.Detail.Restore = `ongoing-request="false", expiry-date="Fri, 21 Dec 2029 00:00:00 GMT"`
		}), copies, planner.Options{}, withNotes(copied, rules.ObjectsRestored)},
		{"KMS", object(func(o *choose.ObjectFacts) { o.Detail.Encryption = "aws:kms:dsse" }),
			copies, planner.Options{},
			choose.Decision{Action: planner.ActionCopy, DestKey: "base/a/b.bam",
				MD5Source:   planner.MD5Read,
				ContentType: "application/x-bam", Notes: []planner.RuleID{rules.ObjectsKMS}}},
		{"an ETag that nothing proves to be an MD5", object(func(o *choose.ObjectFacts) {
			o.Detail.ETagsAreMD5 = false
		}), copies, planner.Options{}, choose.Decision{Action: planner.ActionCopy, DestKey: "base/a/b.bam",
			MD5Source: planner.MD5Read, ContentType: "application/x-bam",
			Notes: []planner.RuleID{rules.ObjectsETagUnproven}}},
		{"preview will be written",
			object(func(o *choose.ObjectFacts) { o.Detail.ContentType = "text/csv; charset=utf-8" }),
			copies,
			planner.Options{}, choose.Decision{Action: planner.ActionCopy, DestKey: "base/a/b.bam", MD5: sum,
				MD5Source: planner.MD5ETag, ContentType: "text/csv; charset=utf-8",
				Notes: []planner.RuleID{rules.PreviewsWritten}}},
		{"no previews", object(func(o *choose.ObjectFacts) { o.Detail.ContentType = "image/png" }),
			copies, planner.Options{NoPreviews: true}, choose.Decision{Action: planner.ActionCopy,
				DestKey: "base/a/b.bam", MD5: sum, MD5Source: planner.MD5ETag,
				ContentType: "image/png"}},
		{"customer key, to be streamed", object(func(o *choose.ObjectFacts) { o.Head = choose.HeadRefused }),
			streams, planner.Options{}, blocked(rules.ObjectsCustomerKey)},
		{"denied, to be streamed", object(func(o *choose.ObjectFacts) { o.Head = choose.HeadDenied }),
			streams, planner.Options{}, blocked(rules.ObjectsUnreadable)},
		{"archived, to be streamed", object(func(o *choose.ObjectFacts) {
			o.Detail.ArchiveStatus = "DEEP_ARCHIVE_ACCESS"
		}), streams, planner.Options{}, blocked(rules.ObjectsArchived)},
		{"KMS, to be streamed", object(func(o *choose.ObjectFacts) { o.Detail.Encryption = "aws:kms" }),
			streams, planner.Options{}, streamed("base/a/b.bam")},
		{"preview may be written", object(func(o *choose.ObjectFacts) {
			o.Head, o.Object.Bucket = choose.HeadNone, ""
		}),
			streams,
			planner.Options{}, choose.Decision{Action: planner.ActionStream, DestKey: "base/a/b.bam",
				MD5Source: planner.MD5Passing, Notes: []planner.RuleID{rules.PreviewsUnknown}}},
		{"replaced", object(func(o *choose.ObjectFacts) {
			o.Path = choose.PathOf("run/a=b", "run/", planner.NamesReplace)
		}),
			streams, planner.Options{Names: planner.NamesReplace}, choose.Decision{Action: planner.ActionStream,
				DestKey: "base/a=b", MD5Source: planner.MD5Passing, ContentType: "application/x-bam",
				Notes: []planner.RuleID{rules.NamesReplaced}}},
	}
}

func withNotes(d choose.Decision, notes ...planner.RuleID) choose.Decision {
	d.Notes = notes
	return d
}

func TestMD5Source(t *testing.T) {
	const other = "ffffffffffffffffffffffffffffffff"
	tests := []struct {
		name   string
		edit   func(*planner.Detail)
		md5    string
		source planner.MD5Source
	}{
		{"ETag", func(*planner.Detail) {}, sum, planner.MD5ETag},
		{"ETag under SSE-S3", func(d *planner.Detail) { d.Encryption = "AES256" }, sum,
			planner.MD5ETag},
		{"ETag in capitals", func(d *planner.Detail) { d.ETag = strings.ToUpper(sum) }, sum,
			planner.MD5ETag},
		{"ETag under KMS", func(d *planner.Detail) { d.Encryption = "aws:kms" }, "", planner.MD5Read},
		{"multipart whose ETag looks plain", func(d *planner.Detail) { d.PartsCount = 2 }, "",
			planner.MD5Read},
		{"one-part multipart", func(d *planner.Detail) { d.PartsCount = 1 }, "", planner.MD5Read},
		{"multipart ETag", func(d *planner.Detail) { d.ETag = sum + "-2" }, "", planner.MD5Read},
		{"ETag of a server of which nothing is known", func(d *planner.Detail) { d.ETagsAreMD5 = false }, "",
			planner.MD5Read},
		{"metadata of such a server", func(d *planner.Detail) {
			d.ETagsAreMD5, d.UserMetadata = false, map[string]string{"md5": other}
		}, other, planner.MD5Metadata},
		{"S3's checksum of such a server", func(d *planner.Detail) {
			d.ETagsAreMD5, d.ChecksumMD5 = false, other
		}, other, planner.MD5Checksum},
		{"ETag that is no hex", func(d *planner.Detail) { d.ETag = strings.Repeat("g", 32) }, "",
			planner.MD5Read},
		{"S3's checksum wins", func(d *planner.Detail) { d.ChecksumMD5 = other }, other,
			planner.MD5Checksum},
		{"S3's checksum of a multipart upload", func(d *planner.Detail) {
			d.PartsCount, d.ChecksumMD5 = 3, other
		}, other, planner.MD5Checksum},
		{"metadata comes after the ETag", func(d *planner.Detail) {
			d.UserMetadata = map[string]string{"md5": other}
		}, sum, planner.MD5ETag},
		{"metadata", func(d *planner.Detail) {
			d.PartsCount, d.UserMetadata = 2, map[string]string{"md5": strings.ToUpper(other)}
		}, other, planner.MD5Metadata},
		{"metadata that is no MD5", func(d *planner.Detail) {
			d.PartsCount, d.UserMetadata = 2, map[string]string{"md5": "none"}
		}, "", planner.MD5Read},
		{"zero bytes", func(d *planner.Detail) { d.SizeBytes = 0 },
			"d41d8cd98f00b204e9800998ecf8427e", planner.MD5Empty},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := seen("dest", "base/x", 9)
			tt.edit(&o.Detail)
			d := choose.Object(o, externalFacts(), planner.Options{MD5MetadataKey: "MD5"})
			if d.MD5 != tt.md5 || d.MD5Source != tt.source {
				t.Errorf("got %q from %q, want %q from %q", d.MD5, d.MD5Source, tt.md5, tt.source)
			}
		})
	}
}
