package gateway_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// orderPrefix is where the keys of the tests below are. It has what must be
// encoded itself.
const orderPrefix = "or der\x02/"

// orderKeys are names below orderPrefix that a careless server lists in
// another order, or as something else.
var orderKeys = []string{
	"\x01", "\x1b[31mred\x1b[0m.txt", "a\nb", "tab\tb", "a b", "a+b", "a%2Bb", "a~b", "a*b", "\x7f",
	"a!", "a-b", "a-b.c", "a.b/x", "a.b/y.z/1", "a.b-/x", "a/b", "a/b.c", "a/b-/c", "a0", "aa", "A",
	"a-/x", "a-!", "é", "\u00a0", "\uefff", "\uff5e", "\ufffd", "\U0001f600", "\U0001f600/x!",
	"\U00010000", "z",
}

// putOrderKeys stores the keys in no order, and returns them in that of
// their bytes.
func putOrderKeys(t *testing.T) []string {
	t.Helper()
	var keys []string
	for _, name := range orderKeys {
		if name == "\U0001f600" { // can't be beside \U0001f600/x!
			name += ".txt"
		}
		keys = append(keys, orderPrefix+name)
		put(t, client(owner), "source", orderPrefix+name, name)
	}
	slices.Sort(keys)
	return keys
}

func decoded(t *testing.T, text *string) string {
	t.Helper()
	plain, err := url.QueryUnescape(aws.ToString(text))
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// listV2 lists everything below orderPrefix, in pages of some size.
func listV2(t *testing.T, pageSize int32, startAfter string) (keys []string) {
	t.Helper()
	in := &s3.ListObjectsV2Input{
		Bucket: aws.String("source"), Prefix: aws.String(orderPrefix), MaxKeys: &pageSize,
		EncodingType: types.EncodingTypeUrl,
	}
	if startAfter != "" {
		in.StartAfter = &startAfter
	}
	for {
		page, err := client(owner).ListObjectsV2(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			keys = append(keys, decoded(t, o.Key))
		}
		if len(page.Contents) > int(pageSize) || int(*page.KeyCount) != len(page.Contents) {
			t.Errorf("a page of %d keys, KeyCount %d", len(page.Contents), *page.KeyCount)
		}
		if !*page.IsTruncated {
			return keys
		}
		in.ContinuationToken = page.NextContinuationToken
	}
}

func TestListingIsInTheOrderOfBytes(t *testing.T) {
	keys := putOrderKeys(t)
	for _, size := range []int32{1, 2, 3, 7, 1000} {
		if got := listV2(t, size, ""); !slices.Equal(got, keys) {
			t.Errorf("pages of %d: got %q, want %q", size, got, keys)
		}
	}
	for i, key := range keys {
		if got := listV2(t, 5, key); !slices.Equal(got, keys[i+1:]) {
			t.Errorf("after %q: got %q, want %q", key, got, keys[i+1:])
		}
	}
}

func TestListObjectsPages(t *testing.T) {
	keys := putOrderKeys(t)
	in := &s3.ListObjectsInput{
		Bucket: aws.String("source"), Prefix: aws.String(orderPrefix), MaxKeys: aws.Int32(4),
		EncodingType: types.EncodingTypeUrl,
	}
	var got []string
	for truncated := true; truncated; {
		page, err := client(owner).ListObjects(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if page.EncodingType != types.EncodingTypeUrl || *page.Prefix != "or+der%02/" ||
			decoded(t, page.Marker) != aws.ToString(in.Marker) {
			t.Fatalf("page %+v", page)
		}
		for _, o := range page.Contents {
			got = append(got, decoded(t, o.Key))
		}
		if truncated = *page.IsTruncated; truncated {
			next := got[len(got)-1]
			if decoded(t, page.NextMarker) != next {
				t.Errorf("next marker %s, want %q", *page.NextMarker, next)
			}
			in.Marker = &next
		}
	}
	if !slices.Equal(got, keys) {
		t.Errorf("got %q, want %q", got, keys)
	}
}

func TestListingIsEncodedWhenAskedFor(t *testing.T) {
	tests := []struct{ name, key, want string }{
		{"blank, plus, percent", "a b+c%d", "a+b%2Bc%25d"},
		{"left as they are", "Az09-_.*/x", "Az09-_.*/x"},
		{"control characters", "\x01\x1b\n\x7f", "%01%1B%0A%7F"},
		{"beyond ASCII", "é\U0001f600", "%C3%A9%F0%9F%98%80"},
		{"marks", "&<>'\"=:;@,!$()|~", "%26%3C%3E%27%22%3D%3A%3B%40%2C%21%24%28%29%7C%7E"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			prefix := "encoded/" + tt.key + "/in "
			put(t, client(owner), "source", prefix+"one", "x")
			put(t, client(owner), "source", prefix+tt.key+"\x03two", "x")
			page, err := client(owner).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
				Bucket: aws.String("source"), Prefix: &prefix, Delimiter: aws.String("\x03"),
				StartAfter: aws.String("a\x04"), EncodingType: types.EncodingTypeUrl,
			})
			if err != nil || len(page.Contents) != 1 || len(page.CommonPrefixes) != 1 {
				t.Fatalf("got %+v, %v", page, err)
			}
			in := "encoded/" + tt.want + "/in+"
			got := []string{
				string(page.EncodingType), *page.Prefix, *page.Delimiter, *page.StartAfter,
				*page.Contents[0].Key, *page.CommonPrefixes[0].Prefix,
			}
			want := []string{"url", in, "%03", "a%04", in + "one", in + tt.want + "%03"}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestListingIsPlainUnlessAskedFor(t *testing.T) {
	put(t, client(owner), "source", "plain/a b+ü", "x")
	page, err := client(owner).ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
		Bucket: aws.String("source"), Prefix: aws.String("plain/a b"),
	})
	if err != nil || len(page.Contents) != 1 {
		t.Fatalf("got %+v, %v", page, err)
	}
	if page.EncodingType != "" || *page.Contents[0].Key != "plain/a b+ü" ||
		page.ContinuationToken != nil || page.NextContinuationToken != nil {
		t.Errorf("got %+v", page)
	}
}

func TestListingsThatAreRefused(t *testing.T) {
	c := client(owner)
	_, encodingV2 := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
		Bucket: aws.String("source"), EncodingType: "base64",
	})
	_, encodingV1 := c.ListObjects(t.Context(), &s3.ListObjectsInput{
		Bucket: aws.String("source"), EncodingType: "base64",
	})
	_, token := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
		Bucket: aws.String("source"), ContinuationToken: aws.String("a/key"),
	})
	_, bucket := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
		Bucket: aws.String("archive"), EncodingType: "base64",
	})
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"unknown encoding", encodingV2, "400 InvalidArgument"},
		{"unknown encoding, first version", encodingV1, "400 InvalidArgument"},
		{"a key for a token", token, "400 InvalidArgument"},
		{"no right to list", bucket, "403 AccessDenied"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if code(tt.err) != tt.want {
				t.Errorf("got %s, want %s", code(tt.err), tt.want)
			}
		})
	}
}
