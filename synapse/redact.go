package synapse

import (
	"fmt"
	"io"
	"net/url"
)

// RedactURL returns an address without its user, query and fragment: what
// may be shown of a presigned URL. Text that is no URL comes back REDACTED.
func RedactURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return redacted
	}
	secret := u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != ""
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.Opaque = nil, "", false, "", ""
	if !secret {
		return u.String()
	}
	return u.String() + "?" + redacted
}

// String shows the part without the signature of its URL.
func (p PartURL) String() string {
	return fmt.Sprintf("part %d at %s", p.PartNumber, RedactURL(p.UploadPresignedURL))
}

// Format shows the same whatever the verb.
func (p PartURL) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, p.String()) }

// String shows the answer without the signatures of its URLs.
func (f BatchFile) String() string {
	if f.FailureCode != "" {
		return fmt.Sprintf("file handle %s: %s", f.FileHandleID, f.FailureCode)
	}
	return fmt.Sprintf("file handle %s at %s", f.FileHandleID, RedactURL(f.PreSignedURL))
}

// Format shows the same whatever the verb.
func (f BatchFile) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, f.String()) }
