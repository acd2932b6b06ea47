package sts

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"synapse-migrate/migrate/sandbox/identity"
)

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

// refusal is an error answer of STS (STS API reference, common errors,
// November 2026).
type refusal struct {
	Status        int
	Code, Message string
}

// Error names code and message.
func (r *refusal) Error() string { return r.Code + ": " + r.Message }

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status, code, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, "ValidationError", format, args...)
}

func denied(format string, args ...any) *refusal {
	return refuse(http.StatusForbidden, "AccessDenied", format, args...)
}

type callerIdentity struct {
	ARN     string `xml:"Arn"`
	UserID  string `xml:"UserId"`
	Account string
}

type credentials struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func credentialsOf(p identity.Principal) credentials {
	return credentials{
		AccessKeyID: p.Key.AccessKeyID, SecretAccessKey: p.Key.SecretAccessKey,
		SessionToken: p.Key.SessionToken, Expiration: p.Expires.UTC().Format(time.RFC3339),
	}
}

type assumedRole struct {
	Credentials     credentials
	AssumedRoleUser struct {
		ARN string `xml:"Arn"`
		ID  string `xml:"AssumedRoleId"`
	}
	PackedPolicySize int `xml:",omitempty"`
}

type federation struct {
	Credentials   credentials
	FederatedUser struct {
		ARN string `xml:"Arn"`
		ID  string `xml:"FederatedUserId"`
	}
	PackedPolicySize int `xml:",omitempty"`
}

type metadata struct {
	RequestID string `xml:"RequestId"`
}

func requestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	text := hex.EncodeToString(b[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

func writeResult(w http.ResponseWriter, action string, result any) {
	write(w, http.StatusOK, wrapper{
		XMLName: xml.Name{Local: action + "Response"}, Namespace: namespace,
		Children: []any{named{xml.Name{Local: action + "Result"}, result}},
		Metadata: &metadata{requestID()},
	})
}

func writeRefusal(w http.ResponseWriter, refused *refusal) {
	kind := "Sender"
	if refused.Status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	write(w, refused.Status, wrapper{
		XMLName: xml.Name{Local: "ErrorResponse"}, Namespace: namespace,
		Children: []any{named{xml.Name{Local: "Error"}, struct {
			Type, Code, Message string
		}{kind, refused.Code, refused.Message}}},
		RequestID: requestID(),
	})
}

// wrapper is the outer element of every answer.
type wrapper struct {
	XMLName   xml.Name
	Namespace string `xml:"xmlns,attr"`
	Children  []any
	Metadata  *metadata `xml:"ResponseMetadata,omitempty"`
	RequestID string    `xml:"RequestId,omitempty"`
}

// named is an element whose name is known at run time only.
type named struct {
	name  xml.Name
	value any
}

// MarshalXML writes the value under its name.
func (n named) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	return e.EncodeElement(n.value, xml.StartElement{Name: n.name})
}

func write(w http.ResponseWriter, status int, answer wrapper) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	body, _ := xml.Marshal(answer)
	// As AWS writes them; encoding/xml writes numbers.
	_, _ = w.Write(bytes.ReplaceAll(body, []byte("&#34;"), []byte("&quot;")))
}
