package listing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"synapse-migrate/planner"
	"synapse-migrate/planner/rules"
)

// signature is in every URL's query: a secret.
const signature = "Planted0Signature"

const someMD5 = "900150983cd24fb0d6963f7d28e17f72"

// manifestOf reads a list.
func manifestOf(t *testing.T, text string) *URLList {
	t.Helper()
	m, err := ReadURLList(strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestManifestFormats(t *testing.T) {
	tests := []struct{ name, text string }{
		{"CSV", "https://h/a?" + signature + ",x/a,3," + someMD5 + "\nhttps://h/b,b\n"},
		{"CSV with header", "MD5,note,Path,URL,size\r\n" + strings.ToUpper(someMD5) + ",\"a, b\",x/a,https://h/a?s,3\r\n" +
			",,b,https://h/b,\r\n"},
		{"byte order mark", "\uFEFFurl,path,size,md5\nhttps://h/a,x/a,3," + someMD5 + "\n\nhttps://h/b,b,,"},
		{"quoted", "\"https://h/a\",\"x/a\",3," + someMD5 + "\n\"https://h/b\",b"},
		{"TSV", "https://h/b\tb\nhttps://h/a\tx/a\t3\t" + someMD5},
		{"TSV with header", "path\turl\tmd5\tsize\nx/a\thttps://h/a#f\t" + someMD5 + "\t3\nb\thttps://h/b\t\t"},
		{"JSON lines", `{"url":"https://h/a?s","path":"x/a","size":3,"md5":"` + someMD5 + `"}` + "\n" +
			` {"path":"b","url":"https://h/b"}` + "\n\n"},
	}
	digest := ""
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := manifestOf(t, tt.text)
			var got []string
			for page, err := range m.List(t.Context(), "", "", "") {
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range page {
					got = append(got, fmt.Sprintf("%s %s %d %+v", o.Key, o.Bucket, o.SizeBytes, *o.Remark))
				}
			}
			want := []string{
				fmt.Sprintf("b https://h/b 0 %+v", planner.Remark{Look: true}),
				fmt.Sprintf("x/a https://h/a 3 %+v", planner.Remark{Look: true, MD5: someMD5}),
			}
			if !slices.Equal(got, want) || m.Rows() != 2 {
				t.Errorf("got %q\nwant %q", got, want)
			}
			if digest == "" {
				digest = m.Digest()
			}
			if m.Digest() != digest || len(digest) != 64 {
				t.Errorf("got digest %s, want that of the same list in another format, %s", m.Digest(), digest)
			}
			b, err := m.Row("b")
			if err != nil || b.SizeBytes != -1 || b.URL != "https://h/b" {
				t.Errorf("row b: got %v, %v", b, err)
			}
		})
	}
}

func TestManifestDigestTellsListsApart(t *testing.T) {
	first := manifestOf(t, "https://h/a?1,x,3\n").Digest()
	for name, text := range map[string]string{
		"path": "https://h/a?1,y,3\n", "URL": "https://h/b?1,x,3\n", "size": "https://h/a?1,x,4\n",
		"no size": "https://h/a?1,x\n", "MD5": "https://h/a?1,x,3," + someMD5, "row": "https://h/a,x,3\nhttps://h/a,y,3\n",
		"scheme": "http://h/a?1,x,3\n",
	} {
		if manifestOf(t, text).Digest() == first {
			t.Errorf("another %s makes no difference", name)
		}
	}
}

func TestManifestFaults(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "no URL in it"},
		{"header alone", "url,path\n", "no URL in it"},
		{"no path", "https://h/" + signature + "\n", "line 1: want url, path"},
		{"many cells", "https://h/,a,1," + someMD5 + "," + signature + "\n", "line 1: want url, path"},
		{"few cells", "url,path,size\nhttps://h/,a\n", "line 2: want url, path"},
		{"column twice", "url,path,URL\n", "line 1: want the columns"},
		{"no url column", "path,md5\n", "line 1: want the columns"},
		{"scheme", "https://h/a,a\ns3://" + signature + "/b,b\n", "line 2: want an https URL"},
		{"no host", "https:///a,a\n", "line 1: want an https URL"},
		{"user", "https://" + signature + "@h/a,a\n", "line 1: want an https URL"},
		{"unreadable URL", "https://h/%zz" + signature + ",a\n", "line 1: want an https URL"},
		{"empty path", "https://h/a,\n", "line 1: want a path"},
		{"size", "https://h/a,a," + signature + "\n", "line 1: the size is not a number"},
		{"negative size", "https://h/a,a,-1\n", "line 1: the size is not a number"},
		{"MD5", "https://h/a,a,1," + signature + "\n", "line 1: the MD5 is not"},
		{"quotes", "https://h/a,\"" + signature + "\n", "line 1: it can't be read"},
		{"JSON key", `{"url":"https://h/a","path":"a","` + signature + `":1}`, "line 1: want one JSON object"},
		{"JSON twice", `{"url":"https://h/a","path":"a"}{}`, "line 1: want one JSON object"},
		{"JSON size", `{"url":"https://h/a","path":"a","size":-1}`, "line 1: the size is not a number"},
		{"JSON then CSV", `{"url":"https://h/a","path":"a"}` + "\nhttps://h/" + signature + ",b", "line 2: want one JSON"},
		{"long", "https://h/a,a\nhttps://h/" + strings.Repeat(signature, 5000) + ",b\n", "line 2: it is longer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadURLList(strings.NewReader(tt.text), int64(len(tt.text)))
			if !errors.Is(err, ErrURLList) || !strings.Contains(err.Error(), tt.want) ||
				strings.Contains(err.Error(), signature) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestManifestListing(t *testing.T) {
	var b strings.Builder
	var all []string
	for i := 2*manifestPage + 5; i >= 0; i-- {
		all = append(all, fmt.Sprintf("d/%05d", i))
		fmt.Fprintf(&b, "https://h/%d?s,d/%05d\n", i, i)
	}
	slices.Sort(all)
	m := manifestOf(t, b.String()+"https://h/1,twice\nhttps://h/2,twice\nhttps://h/1,../up\n"+
		"https://h/1,/abs\nhttps://h/1,e/\nhttps://h/1,e//f\nhttps://h/1,./g\n")
	list := func(prefix, after string) (keys []string, left map[string]planner.RuleID, pages int) {
		left = map[string]planner.RuleID{}
		for page, err := range m.List(t.Context(), "", prefix, after) {
			if err != nil {
				t.Fatal(err)
			}
			pages++
			for _, o := range page {
				keys = append(keys, o.Key)
				if o.Remark.Rule != "" {
					left[o.Key] = o.Remark.Rule
				}
			}
		}
		return keys, left, pages
	}
	keys, left, pages := list("", "")
	if !slices.IsSorted(keys) || len(keys) != len(all)+6 || pages != 3 {
		t.Errorf("got %d keys in %d pages", len(keys), pages)
	}
	unsafe := rules.SourceURLPathUnsafe
	want := map[string]planner.RuleID{"twice": rules.SourceURLPathTwice, "../up": unsafe, "/abs": unsafe,
		"e/": unsafe, "e//f": unsafe, "./g": unsafe}
	if fmt.Sprint(left) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", left, want)
	}
	if got, _, _ := list("d/", all[1500]); !slices.Equal(got, all[1501:]) {
		t.Errorf("got %d keys after the middle, want %d", len(got), len(all)-1501)
	}
	for range m.List(t.Context(), "", "", "") {
		break // must not be called again
	}
}

func TestManifestThatChanges(t *testing.T) {
	text := []byte("https://h/a?s=1,a\n")
	from := &changing{text}
	m, err := ReadURLList(from, int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	from.text = []byte("https://h/a?s=2,a\n") // signed anew
	if row, err := m.Row("a"); err != nil || row.URL != "https://h/a?s=2" {
		t.Errorf("signed anew: got %v, %v", row, err)
	}
	for _, other := range []string{"https://h/b?s=1,a\n", "https", "https://h/a?s=1\n,"} {
		from.text = []byte(other)
		if _, err := m.Row("a"); !errors.Is(err, ErrURLListChanged) {
			t.Errorf("%q: got %v", other, err)
		}
	}
	if _, err := m.Row("b"); !errors.Is(err, planner.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// changing is a file that is overwritten.
type changing struct{ text []byte }

func (c *changing) ReadAt(p []byte, at int64) (int, error) {
	return strings.NewReader(string(c.text)).ReadAt(p, at)
}

func TestRowsPrintNoURL(t *testing.T) {
	row, err := manifestOf(t, "https://h/a?"+signature+",x/a\n").Row("x/a")
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v %s %q %d", row, row, row, row, row, row); strings.Contains(text, signature) {
		t.Errorf("it prints %s", text)
	}
}
