package choose

import (
	"fmt"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// ownExternal is a destination that the caller may do everything with.
func ownExternal() rules.DestinationFacts {
	return rules.DestinationFacts{
		Destination: planner.Destination{Bucket: "dest", BaseKey: "base", OwnedByCaller: true, Depth: 3},
		STS:         rules.STSGiven,
	}
}

func TestChooseWithRemarks(t *testing.T) {
	const md5 = "900150983cd24fb0d6963f7d28e17f72"
	external, managed := ownExternal(), ownExternal()
	managed.Destination.Managed = true
	seen := planner.Detail{Object: planner.Object{Key: "a", SizeBytes: 3, ETag: md5}, ContentType: "text/x", PartsCount: -1}
	tests := []struct {
		name   string
		facts  rules.DestinationFacts
		remark planner.Remark
		head   HeadAnswer
		want   Decision
	}{
		{"left out", external, planner.Remark{Action: planner.ActionSkip, Rule: rules.SourceSpecialFile}, HeadNone,
			Decision{Action: planner.ActionSkip, Rule: rules.SourceSpecialFile}},
		{"blocked", external, planner.Remark{Action: planner.ActionBlock, Rule: rules.SourceURLGone}, HeadSeen,
			Decision{Action: planner.ActionBlock, Rule: rules.SourceURLGone}},
		{"not looked at yet", managed, planner.Remark{Look: true}, HeadNone,
			Decision{Action: planner.ActionUpload, Examine: true}},
		{"stream, not looked at yet", external, planner.Remark{Look: true, MD5: md5}, HeadNone,
			Decision{Action: planner.ActionStream, Examine: true, DestKey: "base/a"}},
		{"stream", external, planner.Remark{Look: true}, HeadSeen,
			Decision{Action: planner.ActionStream, DestKey: "base/a", ContentType: "text/x", MD5Source: planner.MD5Passing}},
		{"stream with an MD5", external, planner.Remark{Look: true, MD5: md5}, HeadSeen,
			Decision{Action: planner.ActionStream, DestKey: "base/a", ContentType: "text/x", MD5: md5, MD5Source: planner.MD5List}},
		{"upload", managed, planner.Remark{Look: true}, HeadSeen,
			Decision{Action: planner.ActionUpload, ContentType: "text/x", MD5Source: planner.MD5Read}},
		{"upload with an MD5", managed, planner.Remark{Look: true, MD5: md5}, HeadSeen,
			Decision{Action: planner.ActionUpload, ContentType: "text/x", MD5: md5, MD5Source: planner.MD5List}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := ObjectFacts{
				Object: planner.Object{Key: "a"}, Path: PathOf("a", "", planner.NamesFail), Remark: tt.remark, Head: tt.head,
			}
			if tt.head == HeadSeen {
				o.Object, o.Detail = seen.Object, seen
			}
			got := Object(o, tt.facts, planner.Options{NoPreviews: true})
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", tt.want) {
				t.Errorf("got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}
