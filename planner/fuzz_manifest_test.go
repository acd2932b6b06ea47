package planner

import (
	"bytes"
	"strings"
	"testing"
)

// Whatever stands in a list of URLs, it is read as it was at first or
// refused, and no refusal repeats a URL: they are secrets.
func FuzzManifest(f *testing.F) {
	const secret = "X-Amz-Signature=d00d1e"
	for _, text := range []string{
		"", "url,path\n", "https://h/a?" + secret + ",a\n", "url\tpath\tsize\tmd5\nhttps://h/a\tb/c\t5\t\n",
		"\ufeffpath,url\nx,https://h/?" + secret + "\n", `{"url":"https://h/?` + secret + `","path":"p","size":0}` + "\n",
		"https://h/a?" + secret + ",\"a\nb\"\n", "https://u:p@h/?" + secret + ",a\n", "http://h,../../etc/passwd,-1\n",
		"https://h/?" + secret + ",a,99999999999999999999\n", `{"url":"https://h/?` + secret + `"} {}`, "\x00,\xff\n",
		"https://h/1?" + secret + ",a\nhttps://h/2?" + secret + ",a\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ReadManifest(bytes.NewReader(text), int64(len(text)))
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error repeats a URL: %v", err)
			}
			return
		}
		if m.Rows() > int64(bytes.Count(text, []byte("\n")))+1 {
			t.Errorf("%d rows in %q", m.Rows(), text)
		}
		for batch, err := range m.List(t.Context(), "", "", "") {
			if err != nil {
				return
			}
			for _, o := range batch {
				row, err := m.Row(o.Key)
				if err == nil && (row.URL == "" || row.Path != o.Key) {
					t.Errorf("%q leads to %q", o.Key, row.Path)
				}
			}
		}
	})
}
