package synapse

import (
	"strings"
	"time"
)

// timeLayout is how the server writes times: UTC with milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Time is an instant in the API's JSON form, ISO-8601 UTC with
// milliseconds, for example 2024-10-24T18:07:06.000Z.
type Time struct{ time.Time }

// NewTime returns t in UTC, cut to milliseconds.
func NewTime(t time.Time) *Time {
	return &Time{t.UTC().Truncate(time.Millisecond)}
}

// MarshalJSON writes the server's form.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + t.UTC().Format(timeLayout) + `"`), nil
}

// UnmarshalJSON reads any RFC 3339 time, which includes the server's form.
func (t *Time) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if s == "null" || s == "" {
		return nil
	}
	parsed, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return err
	}
	t.Time = parsed.UTC()
	return nil
}
