package object

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	"synapse-migrate/migrate/config"
	"synapse-migrate/planner"
	"synapse-migrate/synapse/loopback"
)

// maxEventBytes is the largest event that is read. A token has a few
// thousand bytes, a key at most 1,024.
const maxEventBytes = 64 << 10

// ErrEvent says that an event is not one that can be worked on. The error says why
// and repeats nothing of the event.
var ErrEvent = errors.New("unusable event")

// Token is a bearer token. It prints as REDACTED in every form, JSON
// included.
type Token string

// String is REDACTED, or empty.
func (t Token) String() string {
	if t == "" {
		return ""
	}
	return "REDACTED"
}

// GoString is String.
func (t Token) GoString() string { return t.String() }

// Format is String for every verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, t.String()) }

// MarshalJSON writes String.
func (t Token) MarshalJSON() ([]byte, error) { return json.Marshal(t.String()) }

// Address is the bucket and key of an object.
type Address struct {
	Bucket string `json:"Bucket"`
	Key    string `json:"Key"`
}

// Event is what is to be done: bring one object from a bucket that an
// endpoint /s3credentials gives keys for to another bucket.
type Event struct {
	// CredentialsEndpoint is the URL of the endpoint that gives the keys to
	// read Source, as NASA's TEA serves it.
	CredentialsEndpoint string `json:"CredentialsEndpoint"`
	// BearerToken is what the endpoint wants to see.
	BearerToken Token   `json:"BearerToken"`
	Source      Address `json:"Source"`
	// Dest is where it goes. Without a key, it keeps the source's, as NASA's
	// example has it (github.com/asfadmin/thin-egress-app, docs/s3access.md,
	// read November 2026).
	Dest Address `json:"Dest"`
}

// complete is the event with the destination's key.
func (e Event) complete() Event {
	if e.Dest.Key == "" {
		e.Dest.Key = e.Source.Key
	}
	return e
}

// ParseEvent reads an event, and refuses one with fields that are not known.
// Errors wrap ErrEvent.
func ParseEvent(from io.Reader) (Event, error) {
	var e Event
	data, err := io.ReadAll(io.LimitReader(from, maxEventBytes+1))
	switch {
	case err != nil:
		return e, fmt.Errorf("reading the event: %w", err)
	case len(data) > maxEventBytes:
		return e, fmt.Errorf("%w: it is larger than %d bytes", ErrEvent, maxEventBytes)
	case !utf8.Valid(data):
		return e, fmt.Errorf("%w: it is not UTF-8", ErrEvent)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return Event{}, fmt.Errorf("%w: %s", ErrEvent, decodingFault(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return Event{}, fmt.Errorf("%w: there is more after it", ErrEvent)
	}
	return e, nil
}

// decodingFault says what is wrong with JSON, without what stands in it.
func decodingFault(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("it is not JSON from byte %d on", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Sprintf("want texts, and objects in Source and Dest (byte %d)", kind.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	}
	return "want the fields CredentialsEndpoint, BearerToken, Source and Dest {Bucket, Key}, and no others"
}

// check refuses an event that lacks something, or would send the token in the
// clear.
func (e Event) check(allowHTTP bool) error {
	u, err := url.Parse(e.CredentialsEndpoint)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%w: CredentialsEndpoint is not an https URL", ErrEvent)
	case u.User != nil:
		return fmt.Errorf("%w: CredentialsEndpoint has user information in it", ErrEvent)
	case !allowHTTP && loopback.Clear(u):
		return fmt.Errorf("%w: CredentialsEndpoint is not https: the token would be sent in the clear", ErrEvent)
	case e.BearerToken == "":
		return fmt.Errorf("%w: there is no BearerToken", ErrEvent)
	case strings.ContainsFunc(string(e.BearerToken), func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("%w: BearerToken has characters that can't be sent", ErrEvent)
	}
	switch {
	case !named(e.Source.Bucket) || e.Source.Key == "":
		return fmt.Errorf("%w: Source needs a Bucket and a Key", ErrEvent)
	case !named(e.Dest.Bucket):
		return fmt.Errorf("%w: Dest needs a Bucket (without a Key, the source's is taken)", ErrEvent)
	}
	if planner.DotSegment(e.complete().Dest.Key) {
		return fmt.Errorf("%w: a segment of Dest's Key is . or .., which servers take for another key", ErrEvent)
	}
	if e.Source == e.Dest {
		return fmt.Errorf("%w: Source and Dest are the same", ErrEvent)
	}
	return nil
}

// named reports whether a bucket's name can be one, or is an access point's.
func named(bucket string) bool {
	return bucket != "" && !strings.ContainsAny(bucket, "/\\?#% \x00") || config.IsARN(bucket)
}
