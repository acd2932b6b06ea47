package synapse

import (
	"encoding/json"
	"fmt"
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

// UnmarshalJSON reads any RFC 3339 time of the years 0 to 9999, which
// includes the server's form. Null and empty text leave t as it is.
func (t *Time) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil || s == "" {
		return err
	}
	parsed, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return err
	}
	parsed = parsed.UTC()
	if y := parsed.Year(); y < 0 || y > 9999 {
		return fmt.Errorf("time %s is outside the years 0 to 9999 in UTC", s)
	}
	t.Time = parsed
	return nil
}
