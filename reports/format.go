package reports

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
)

// maxShown is how much of a key is shown in text, in characters.
const maxShown = 200

// quote shows hostile text on one line: quoted, with everything that a
// terminal might obey escaped, long text cut in the middle.
func quote(key string) string {
	if r := []rune(key); len(r) > maxShown {
		key = string(r[:maxShown/2]) + "…" + string(r[len(r)-maxShown/2:])
	}
	return strconv.Quote(key)
}

// plain shows text that is expected to be harmless (names, reasons) without
// quotes, with everything that a terminal might obey escaped.
func plain(text string) string {
	quoted := strconv.Quote(text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// Harmless escapes what a terminal might obey or show out of order: control
// characters, line breaks included, those that turn the direction of text,
// and what is no UTF-8. All else stays as it is, escapes too, so that doing
// it twice changes nothing more.
func Harmless(text string) string {
	if !strings.ContainsFunc(text, dangerous) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case dangerous(r):
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// HarmlessLines is Harmless for each line; all but the first are indented,
// so that none passes for another message.
func HarmlessLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = Harmless(line)
	}
	return strings.Join(lines, "\n  ")
}

// dangerous reports whether a character acts instead of being shown.
func dangerous(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// count shows a number with its thousands apart.
func count(n int64) string { return humanize.Comma(n) }

// bytes shows a size in binary units: 1.5 GiB.
func bytes(n int64) string {
	if n < 0 {
		return "unknown"
	}
	return humanize.IBytes(uint64(n))
}

// duration shows a time span in days, hours, minutes and seconds, the two
// largest that count.
func duration(d time.Duration) string {
	d = d.Round(time.Second)
	days, rest := d/(24*time.Hour), d%(24*time.Hour)
	switch {
	case days > 0:
		return strconv.FormatInt(int64(days), 10) + "d " + strconv.FormatInt(int64(rest/time.Hour), 10) + "h"
	case d >= time.Hour:
		return strconv.FormatInt(int64(d/time.Hour), 10) + "h " +
			strconv.FormatInt(int64(d%time.Hour/time.Minute), 10) + "m"
	default:
		return d.String()
	}
}

// address shows a bucket and a prefix as an S3 URL.
func address(bucket, prefix string) string {
	return plain("s3://" + bucket + "/" + prefix)
}
