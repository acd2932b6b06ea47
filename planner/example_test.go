package planner_test

import (
	"fmt"

	"synapse-migrate/planner"
)

func ExampleReplaceName() {
	for _, segment := range []string{"reads.fastq.gz", "T=30°C", "..", "(x3d)"} {
		name := planner.ReplaceName(segment)
		back, err := planner.RestoreName(name)
		fmt.Println(name, back == segment, err)
	}
	// Output:
	// reads.fastq.gz true <nil>
	// T(x3d)30(xc2b0)C true <nil>
	// (x2e2e) true <nil>
	// (x28)x3d) true <nil>
}

func ExampleChoose() {
	facts := planner.DestinationFacts{
		STS: planner.STSGiven,
		Destination: planner.Destination{
			OwnedByCaller: true, Bucket: "lab-data", BaseKey: "released", Depth: 3,
		},
	}
	object := planner.Object{
		Bucket: "lab-data", Key: "released/run7/a.bam", SizeBytes: 7,
		ETag: "8e3f1b9f0c7d2a64b5e0918273645abc",
	}
	d := planner.Choose(planner.ObjectFacts{
		Object: object, SameEndpoint: true,
		Path:   planner.PathOf(object.Key, "released/", planner.NamesFail),
		Head:   planner.HeadSeen,
		Detail: planner.Detail{ETagsAreMD5: true, Object: object, Encryption: "AES256"},
	}, facts, planner.Options{})
	fmt.Println(d.Action, d.DestKey, d.MD5, "from", d.MD5Source)
	// Output: register released/run7/a.bam 8e3f1b9f0c7d2a64b5e0918273645abc from etag
}

func ExampleCheckRun() {
	facts := planner.DestinationFacts{FolderID: "syn123", Missing: true}
	for _, f := range planner.CheckRun(facts, planner.Options{}) {
		fmt.Printf("%s %s: %s (%s)\n", f.Severity, f.Rule, f.Message, f.Hint)
	}
	// Output: stop destination/missing: syn123 does not exist (check the ID given to --to)
}
