package gateway

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// listing is a backend whose listings are as AWS's: with keys encoded for
// clients that ask for it, and with continuation tokens that aren't keys.
// It works on results rather than on answers, since XML has already lost
// the control characters of keys.
type listing struct {
	backend.Backend
}

// encodingType is the name under which a request's encoding-type travels to
// the backend, which is not told by the gateway.
type encodingType struct{}

func rememberEncoding(ctx fiber.Ctx) {
	ctx.Locals(encodingType{}, ctx.Query("encoding-type"))
}

// encodingOf is the encoding that a request asks for; S3 knows but one (S3
// API reference, ListObjectsV2, November 2026).
func encodingOf(ctx context.Context) (types.EncodingType, error) {
	asked, _ := ctx.Value(encodingType{}).(string)
	switch types.EncodingType(asked) {
	case "", types.EncodingTypeUrl:
		return types.EncodingType(asked), nil
	}
	return "", s3err.InvalidArgumentError{
		Description:  "Invalid Encoding Method specified in Request",
		ArgumentName: "encoding-type", ArgumentValue: strings.Clone(asked),
	}
}

// ListObjectsV2 is the operation of that name.
func (l listing) ListObjectsV2(
	ctx context.Context, in *s3.ListObjectsV2Input,
) (s3response.ListObjectsV2Result, error) {
	encoding, err := encodingOf(ctx)
	if err != nil {
		return s3response.ListObjectsV2Result{}, err
	}
	decoded := *in
	if decoded.ContinuationToken, err = keyOf(in.ContinuationToken); err != nil {
		return s3response.ListObjectsV2Result{}, err
	}
	out, err := l.Backend.ListObjectsV2(ctx, &decoded)
	if err != nil {
		return out, err
	}
	out.ContinuationToken = in.ContinuationToken
	if *in.ContinuationToken == "" {
		out.ContinuationToken = nil
	}
	out.NextContinuationToken = tokenOf(out.NextContinuationToken)
	if out.EncodingType = encoding; encoding == types.EncodingTypeUrl {
		encode(&out.Prefix, &out.Delimiter, &out.StartAfter)
		encodeKeys(out.Contents, out.CommonPrefixes)
	}
	return out, nil
}

// ListObjects is the operation of that name.
func (l listing) ListObjects(
	ctx context.Context, in *s3.ListObjectsInput,
) (s3response.ListObjectsResult, error) {
	encoding, err := encodingOf(ctx)
	if err != nil {
		return s3response.ListObjectsResult{}, err
	}
	out, err := l.Backend.ListObjects(ctx, in)
	if err != nil {
		return out, err
	}
	if out.EncodingType = encoding; encoding == types.EncodingTypeUrl {
		encode(&out.Prefix, &out.Delimiter, &out.Marker, &out.NextMarker)
		encodeKeys(out.Contents, out.CommonPrefixes)
	}
	return out, nil
}

// tokenOf makes a continuation token of the last key of a page.
func tokenOf(key *string) *string {
	if key == nil {
		return nil
	}
	token := base64.StdEncoding.EncodeToString([]byte(*key))
	return &token
}

// keyOf is the key in a continuation token; an empty token has none.
func keyOf(token *string) (*string, error) {
	key, err := base64.StdEncoding.DecodeString(*token)
	if err != nil {
		return nil, s3err.InvalidArgumentError{
			Description:  "The continuation token provided is incorrect",
			ArgumentName: "continuation-token",
		}
	}
	text := string(key)
	return &text, nil
}

func encodeKeys(objects []s3response.Object, prefixes []types.CommonPrefix) {
	for i := range objects {
		encode(&objects[i].Key)
	}
	for i := range prefixes {
		encode(&prefixes[i].Prefix)
	}
}

// encode replaces texts by their encoded forms.
func encode(texts ...**string) {
	for _, text := range texts {
		if *text != nil {
			encoded := urlEncode(**text)
			*text = &encoded
		}
	}
}

// urlEncode writes a key as S3 does where encoding-type is url: as in a
// form, a blank as a plus sign, but slashes as they are (measured on S3 by
// others, September 2026: "a b" is a+b, "a+b" is a%2Bb; MinIO, which
// follows S3, leaves the asterisk too and encodes the tilde).
func urlEncode(key string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(key) {
		switch c := key[i]; {
		case c == ' ':
			b.WriteByte('+')
		case plain(c):
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

func plain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		strings.IndexByte("-_./*", c) >= 0
}
