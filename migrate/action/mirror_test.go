package action

import (
	"fmt"
	"strings"
	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
	"testing"
)

func TestCheckMade(t *testing.T) {
	size := int64(5)
	e := checkpoint.Entry{Item: planner.Item{
		Source: planner.Object{SizeBytes: 5}, Origin: &planner.Origin{Mirror: "base/x"},
	}}
	tests := []struct {
		name string
		h    synapse.FileHandle
		want string
	}{
		{"made", synapse.FileHandle{BucketName: "dest", Key: "base/7/u/x", ContentSize: &size}, ""},
		{"other bucket", synapse.FileHandle{BucketName: "b", Key: "k", ContentSize: &size}, "where Synapse"},
		{"no key", synapse.FileHandle{BucketName: "dest", ContentSize: &size}, "where Synapse"},
		{"the mirror itself", synapse.FileHandle{BucketName: "dest", Key: "base/x", ContentSize: &size},
			"where Synapse"},
		{"no size", synapse.FileHandle{BucketName: "dest", Key: "k"}, "another size"},
		{"other size", synapse.FileHandle{BucketName: "dest", Key: "k", ContentSize: new(int64)},
			"another size"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := fmt.Sprint(checkMade(test.h, e, planner.Destination{Bucket: "dest"}))
			if test.want == "" && got != "<nil>" || !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %q", got, test.want)
			}
		})
	}
}
