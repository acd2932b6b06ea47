package listing_test

import (
	"context"
	"fmt"
	"strings"

	"synapse-migrate/planner/listing"
)

// A list's rows are listed by their paths; URLs keep their queries to
// themselves.
func ExampleReadURLList() {
	list := "url,path,size\n" +
		"https://data.example.org/b.bam?sig=secret,run7/b.bam,7\n" +
		"https://data.example.org/a.bam?sig=secret,run7/a.bam,5\n"
	m, err := listing.ReadURLList(strings.NewReader(list), int64(len(list)))
	if err != nil {
		fmt.Println(err)
		return
	}
	for page, err := range m.List(context.Background(), "", "", "") {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, o := range page {
			fmt.Println(o.Key, o.Bucket, o.SizeBytes)
		}
	}
	// Output:
	// run7/a.bam https://data.example.org/a.bam 5
	// run7/b.bam https://data.example.org/b.bam 7
}
