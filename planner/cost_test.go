package planner

import "testing"

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
			if got := TermsOf(Header{Source: Source{Directory: &DirectorySource{}}}, Options{}).Bring(tt.item).S3; got != tt.want {
				t.Errorf("got %d S3 calls, want %d", got, tt.want)
			}
		})
	}
}
