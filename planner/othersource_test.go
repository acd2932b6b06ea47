package planner

import (
	"errors"
	"fmt"
	"testing"
)

// ownExternal is a destination that the caller may do everything with.
func ownExternal() DestinationFacts {
	return DestinationFacts{
		Destination: Destination{Bucket: "dest", BaseKey: "base", OwnedByCaller: true, Depth: 3},
		STS:         STSGiven,
	}
}

func TestChooseWithRemarks(t *testing.T) {
	const md5 = "900150983cd24fb0d6963f7d28e17f72"
	external, managed := ownExternal(), ownExternal()
	managed.Destination.Managed = true
	seen := Detail{Object: Object{Key: "a", SizeBytes: 3, ETag: md5}, ContentType: "text/x", PartsCount: -1}
	tests := []struct {
		name   string
		facts  DestinationFacts
		remark Remark
		head   HeadAnswer
		want   Decision
	}{
		{"left out", external, Remark{Action: ActionSkip, Rule: RuleSourceSpecialFile}, HeadNone,
			Decision{Action: ActionSkip, Rule: RuleSourceSpecialFile}},
		{"blocked", external, Remark{Action: ActionBlock, Rule: RuleSourceURLGone}, HeadSeen,
			Decision{Action: ActionBlock, Rule: RuleSourceURLGone}},
		{"not looked at yet", managed, Remark{Look: true}, HeadNone,
			Decision{Action: ActionUpload, Examine: true}},
		{"stream, not looked at yet", external, Remark{Look: true, MD5: md5}, HeadNone,
			Decision{Action: ActionStream, Examine: true, DestKey: "base/a"}},
		{"stream", external, Remark{Look: true}, HeadSeen,
			Decision{Action: ActionStream, DestKey: "base/a", ContentType: "text/x", MD5Source: MD5Passing}},
		{"stream with an MD5", external, Remark{Look: true, MD5: md5}, HeadSeen,
			Decision{Action: ActionStream, DestKey: "base/a", ContentType: "text/x", MD5: md5, MD5Source: MD5List}},
		{"upload", managed, Remark{Look: true}, HeadSeen,
			Decision{Action: ActionUpload, ContentType: "text/x", MD5Source: MD5Read}},
		{"upload with an MD5", managed, Remark{Look: true, MD5: md5}, HeadSeen,
			Decision{Action: ActionUpload, ContentType: "text/x", MD5: md5, MD5Source: MD5List}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := ObjectFacts{
				Object: Object{Key: "a"}, Path: PathOf("a", "", NamesFail), Remark: tt.remark, Head: tt.head,
			}
			if tt.head == HeadSeen {
				o.Object, o.Detail = seen.Object, seen
			}
			got := Choose(o, tt.facts, Options{NoPreviews: true})
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", tt.want) {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestBlockedBy(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("looking: %w", &RuleError{RuleSourceURLNoSize, cause})
	if got, ok := blockedBy(err); !ok || got != (Remark{Action: ActionBlock, Rule: RuleSourceURLNoSize}) ||
		!errors.Is(err, cause) {
		t.Errorf("got %+v, %t", got, ok)
	}
	if _, ok := blockedBy(cause); ok {
		t.Error("another error blocks")
	}
}

// What is read of a disk or of URLs takes no S3 calls.
func TestCostOfOtherSources(t *testing.T) {
	large := Object{SizeBytes: 300 << 20}
	tests := []struct {
		name string
		item Item
		want int64
	}{
		{"stream, one part", Item{Action: ActionStream, Source: Object{SizeBytes: 1}}, 1},
		{"stream, three parts", Item{Action: ActionStream, Source: large}, 3 + 2},
		{"upload", Item{Action: ActionUpload, Source: large, MD5Source: MD5List}, 3},
		{"upload, read twice", Item{Action: ActionUpload, Source: large, MD5Source: MD5Read}, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, calls := itemCost(tt.item, Options{}, true)
			if got := calls - machineReads(tt.item, Options{}); got != tt.want {
				t.Errorf("got %d S3 calls, want %d", got, tt.want)
			}
		})
	}
}

func TestPrefixesThatSplitNames(t *testing.T) {
	for _, tt := range []struct {
		prefix, key string
		want        bool
	}{
		{"run7", "run70/a", true}, {"run7", "run7.bam", true}, {"a/run7", "a/run7b", true},
		{"run7", "run7/a", false}, {"run7", "run7", false}, {"run7/", "run7/0", false}, {"", "run7", false},
	} {
		if got := splitsName(Source{Bucket: "b", Prefix: tt.prefix}, tt.key); got != tt.want {
			t.Errorf("prefix %q, key %q: got %t, want %t", tt.prefix, tt.key, got, tt.want)
		}
	}
	if splitsName(Source{Directory: &DirectorySource{}, Prefix: "run7"}, "run70/a") {
		t.Error("a directory has no prefix")
	}
}

func TestPlacesInErrors(t *testing.T) {
	for want, s := range map[string]Source{
		"s3://b/p":        {Bucket: "b", Prefix: "p"},
		`directory "/d"`:  {Directory: &DirectorySource{Path: "/d"}},
		`URLs of "l.csv"`: {URLs: &URLSource{Path: "l.csv"}},
	} {
		if got := s.place(); got != want || s.IsS3() != (s.Bucket != "") {
			t.Errorf("got %q, want %q; S3: %t", got, want, s.IsS3())
		}
	}
	for want, o := range map[string]Object{
		`s3://b/"k\n"`: {Bucket: "b", Key: "k\n"}, `"k"`: {Key: "k"},
		`"k" (https://h/x)`: {Bucket: "https://h/x", Key: "k"},
	} {
		if got := o.place(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
