package credentials

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// maxAnswerBytes bounds what a vendor of credentials may answer; real ones
// have about 2 KiB.
const maxAnswerBytes = 64 << 10

// errAnswer is an answer without credentials in it.
var errAnswer = errors.New("the answer holds no credentials")

// answerFields are the names of an answer's fields; a dot leads into an
// object. An empty name stands for the usual ones, with or without an
// object "Credentials" around them.
type answerFields struct {
	AccessKeyID, SecretAccessKey, SessionToken, Expiration string
}

// Usual names of fields, in lower case without - and _.
var (
	usualKeyIDs      = []string{"accesskeyid", "awsaccesskeyid", "accesskey"}
	usualSecrets     = []string{"secretaccesskey", "awssecretaccesskey", "secretkey"}
	usualTokens      = []string{"sessiontoken", "awssessiontoken", "token", "securitytoken"}
	usualExpirations = []string{"expiration", "expires", "expiresat", "expiry"}
)

// parseAnswer reads credentials out of JSON. An error wraps errAnswer, and
// holds nothing of the answer but the names that were looked for.
func parseAnswer(body []byte, f answerFields) (aws.Credentials, error) {
	object, err := unwrapped(body)
	if err != nil {
		return aws.Credentials{}, err
	}
	c := aws.Credentials{
		AccessKeyID:     text(find(object, f.AccessKeyID, usualKeyIDs)),
		SecretAccessKey: text(find(object, f.SecretAccessKey, usualSecrets)),
		SessionToken:    text(find(object, f.SessionToken, usualTokens)),
	}
	switch {
	case !signable(c.AccessKeyID):
		return aws.Credentials{}, lacks("access key ID", f.AccessKeyID)
	case !signable(c.SecretAccessKey):
		return aws.Credentials{}, lacks("secret access key", f.SecretAccessKey)
	case c.SessionToken != "" && !signable(c.SessionToken):
		return aws.Credentials{}, lacks("session token", f.SessionToken)
	}
	expiration := find(object, f.Expiration, usualExpirations)
	if expiration == nil {
		return c, nil
	}
	at, ok := parseExpiration(expiration)
	if !ok {
		return aws.Credentials{}, fmt.Errorf("%w: the expiration is not a time", errAnswer)
	}
	c.CanExpire, c.Expires = true, at
	return c, nil
}

// maxWrappings is how many wrappings may be around an answer.
const maxWrappings = 3

// unwrapped is the object that an answer is: as it stands, as JSON in a text,
// or as the body of what a function of AWS Lambda hands to API Gateway or its
// URL, which nobody took out of it (AWS Lambda developer guide, response
// format of proxy integrations, November 2026).
func unwrapped(body []byte) (map[string]any, error) {
	for range maxWrappings {
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			break
		}
		if text, ok := value.(string); ok {
			body = []byte(text)
			continue
		}
		object, ok := value.(map[string]any)
		if !ok {
			break
		}
		inner, wrapped := object["body"].(string)
		encoded, _ := object["isBase64Encoded"].(bool)
		wrapped = wrapped && (encoded || json.Valid([]byte(inner)))
		if status, said := object["statusCode"].(float64); said && (status < 200 || status > 299) {
			return nil, fmt.Errorf("%w: it is the answer of a function, with the status %d", errAnswer, int(status))
		} else if !wrapped {
			return object, nil
		}
		body = []byte(inner)
		if encoded {
			var err error
			if body, err = base64.StdEncoding.DecodeString(inner); err != nil {
				break
			}
		}
	}
	return nil, fmt.Errorf("%w: it is not a JSON object", errAnswer)
}

// lacks says which field was missing or unusable.
func lacks(what, field string) error {
	if field == "" {
		return fmt.Errorf("%w: no %s under any of its usual names", errAnswer, what)
	}
	return fmt.Errorf("%w: no %s under %q", errAnswer, what, field)
}

// maxValueBytes has room for the longest session tokens seen.
const maxValueBytes = 16 << 10

// signable reports whether a request could be signed with a value, which
// has to stand in its headers.
func signable(value string) bool {
	return value != "" && len(value) <= maxValueBytes &&
		!strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' })
}

// text is a JSON string, empty for anything else.
func text(value any) string {
	s, _ := value.(string)
	return s
}

// find is the value of a field by its path, or by its usual names; nil for
// none.
func find(object map[string]any, path string, usual []string) any {
	if path != "" {
		return follow(object, strings.Split(path, "."))
	}
	if v := lookup(object, usual); v != nil {
		return v
	}
	inner, _ := lookup(object, []string{"credentials"}).(map[string]any)
	return lookup(inner, usual)
}

// follow goes down a path of names.
func follow(object map[string]any, path []string) any {
	value := object[path[0]]
	if len(path) == 1 {
		return value
	}
	inner, _ := value.(map[string]any)
	return follow(inner, path[1:])
}

// lookup finds the first of some names, however it is written.
func lookup(object map[string]any, usual []string) any {
	best, found := len(usual), ""
	for name := range object {
		plain := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
		i := slices.Index(usual, plain)
		// Of two spellings of one name, the same one is taken each time.
		if i >= 0 && (i < best || i == best && name < found) {
			best, found = i, name
		}
	}
	if best == len(usual) {
		return nil
	}
	return object[found]
}

// expirationLayouts are how vendors write a time: AWS (RFC 3339), Python's
// str of one (NASA's TEA, read November 2026: 2021-01-27 00:50:09+00:00),
// and without a zone, which is UTC with all of them.
var expirationLayouts = []string{
	time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700",
	"2006-01-02 15:04:05 UTC", "2006-01-02T15:04:05", "2006-01-02 15:04:05",
}

// millisecondsFrom is the number from which a time is in milliseconds: in
// seconds it would be in the year 5138.
const millisecondsFrom = 1e11

// parseExpiration reads a time as text, or in seconds or milliseconds since
// 1970.
func parseExpiration(value any) (time.Time, bool) {
	switch v := value.(type) {
	case string:
		for _, layout := range expirationLayouts {
			if at, err := time.Parse(layout, strings.TrimSpace(v)); err == nil {
				return at.UTC(), true
			}
		}
	case float64:
		switch {
		case v <= 0 || v >= millisecondsFrom*1000:
			return time.Time{}, false
		case v >= millisecondsFrom:
			return time.UnixMilli(int64(v)).UTC(), true
		}
		return time.Unix(int64(v), 0).UTC(), true
	}
	return time.Time{}, false
}
