package listing

import (
	"bytes"
	"strings"
	"testing"
)

// Whatever stands in a list of URLs, each row is read again as it was listed,
// in order, or the list is refused; a refusal repeats nothing of it, since it
// holds secrets.
func FuzzURLList(f *testing.F) {
	const secret = "Hush0"
	for _, text := range []string{
		"", "url,path\n", "https://h/a?" + secret + ",a\n", "url\tpath\tsize\tmd5\nhttps://h/a\tb/c\t5\t\n",
		"\ufeffpath,url\nx,https://h/?" + secret + "\n", `{"url":"https://h/?` + secret + `","path":"p","size":0}` + "\n",
		"https://h/a?" + secret + ",\"a\nb\"\n", "https://u:p@h/?" + secret + ",a\n", "http://h,../../etc/passwd,-1\n",
		"https://h/?" + secret + ",a,99999999999999999999\n", `{"url":"https://h/?` + secret + `"} {}`, "\x00,\xff\n",
		"https://h/1?" + secret + ",a\nhttps://h/2?" + secret + ",a\n",
		"https://h/a?Hush0,x/a,3," + someMD5 + "\nhttps://h/b,b\n", "url\tpath\nhttps://h/?Hush0\t../a",
		"\uFEFFurl,path\n\"https://h/Hush0", "a,b\n", "\n\n,", "https://Hush0@h/,a", "https://h/%Hush0,a", "{",
		"\x00,\t", "url,path,size\nhttps://h,a,Hush0",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ReadURLList(bytes.NewReader(text), int64(len(text)))
		if err != nil {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error repeats a secret: %v", err)
			}
			return
		}
		if m.Rows() > int64(bytes.Count(text, []byte("\n")))+1 {
			t.Errorf("%d rows in %q", m.Rows(), text)
		}
		checkListed(t, m)
	})
}

// checkListed compares what a list lists with its rows.
func checkListed(t *testing.T, m *URLList) {
	last, listed := "", int64(0)
	for page, err := range m.List(t.Context(), "", "", "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page {
			if listed++; listed > 1 && o.Key <= last {
				t.Errorf("%q after %q", o.Key, last)
			}
			last = o.Key
			row, err := m.Row(o.Key)
			if err != nil || row.Path != o.Key || row.URL == "" || strings.ContainsAny(o.Bucket, "?#") {
				t.Errorf("%q of %q: %v, %v", o.Key, o.Bucket, row, err)
			}
			if o.Remark.Rule == "" && !safePath(o.Key) {
				t.Errorf("path %q was taken", o.Key)
			}
		}
	}
	if listed > m.Rows() {
		t.Errorf("%d of %d rows were listed", listed, m.Rows())
	}
}
