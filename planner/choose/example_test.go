package choose_test

import (
	"fmt"

	"synapse-migrate/planner"
	"synapse-migrate/planner/choose"
	"synapse-migrate/planner/rules"
)

func ExampleObject() {
	facts := rules.DestinationFacts{
		STS: rules.STSGiven,
		Destination: planner.Destination{
			OwnedByCaller: true, Bucket: "lab-data", BaseKey: "released", Depth: 3,
		},
	}
	object := planner.Object{
		Bucket: "lab-data", Key: "released/run7/a.bam", SizeBytes: 7,
		ETag: "8e3f1b9f0c7d2a64b5e0918273645abc",
	}
	d := choose.Object(choose.ObjectFacts{
		Object: object, SameEndpoint: true,
		Path:   choose.PathOf(object.Key, "released/", planner.NamesFail),
		Head:   choose.HeadSeen,
		Detail: planner.Detail{ETagsAreMD5: true, Object: object, Encryption: "AES256"},
	}, facts, planner.Options{})
	fmt.Println(d.Action, d.DestKey, d.MD5, "from", d.MD5Source)
	// Output: register released/run7/a.bam 8e3f1b9f0c7d2a64b5e0918273645abc from etag
}
