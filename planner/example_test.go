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
