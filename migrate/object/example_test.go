package object_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"synapse-migrate/migrate/object"
)

// A handler answers each event with a Result or a Failure, whose code stays
// the same.
func ExampleHandler() {
	handle := object.Handler(object.Options{})
	e, err := object.ParseEvent(strings.NewReader(`{
		"CredentialsEndpoint": "http://data.example.org/s3credentials", "BearerToken": "...",
		"Source": {"Bucket": "protected", "Key": "a.h5"}, "Dest": {"Bucket": "lab", "Key": "in/a.h5"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = handle(context.Background(), e)
	var failure *object.Failure
	if errors.As(err, &failure) {
		fmt.Println(failure.Code)
	}
	// Output: bad-event
}
