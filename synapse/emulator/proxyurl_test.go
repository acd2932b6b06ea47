package emulator

import (
	"strings"
	"testing"
	"time"

	"synapse-migrate/synapse"
)

// TestProxyURL has the server's own test vector (ProxyUrlSignerUtilsTest,
// October 2024).
func TestProxyURL(t *testing.T) {
	size := int64(987)
	whole := synapse.FileHandle{
		FileName: "foo.txt", FilePath: "/path/root/child", ContentMD5: "md5", ContentSize: &size,
		ContentType: "text/plain; charset=us-ascii",
	}
	proxy := locationBody{SecretKey: "Super Secret key to sign URLs with."}
	proxy.ProxyURL, proxy.UploadType = "https://host.org:8080/prefix", "SFTP"
	const path = "https://host.org:8080/prefix/sftp/path/root/child"
	for _, c := range []struct {
		name   string
		change func(h *synapse.FileHandle, l *locationBody)
		want   string
	}{
		{"whole", func(*synapse.FileHandle, *locationBody) {}, path + "?fileName=foo.txt" +
			"&contentType=text%2Fplain%3B+charset%3Dus-ascii&contentMD5=md5&contentSize=987" +
			"&expiration=123&hmacSignature=91c52bb9b92a9067ded0434e81768be2f7720b9d"},
		{"slash behind the proxy", func(_ *synapse.FileHandle, l *locationBody) { l.ProxyURL += "/" }, path + "?"},
		{"no slash before the path", func(h *synapse.FileHandle, _ *locationBody) {
			h.FilePath = " path/root/child "
		}, path + "?"},
		{"Java's escapes", func(h *synapse.FileHandle, _ *locationBody) { h.FileName = "a ~*.txt" },
			path + "?fileName=a+%7E*.txt&"},
		{"nothing said", func(h *synapse.FileHandle, _ *locationBody) {
			*h = synapse.FileHandle{FilePath: h.FilePath}
		}, path + "?expiration=123&"},
	} {
		h, l := whole, proxy
		c.change(&h, &l)
		got, err := proxyURL(&h, l, time.UnixMilli(123))
		if err != nil || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: %s, %v; want %s", c.name, got, err, c.want)
		}
	}
}
