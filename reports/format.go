package reports

import (
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"synapse-migrate/planner"
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

// plural is "1 object" or "2 objects".
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// address shows a bucket and a prefix as an S3 URL.
func address(bucket, prefix string) string {
	return plain("s3://" + bucket + "/" + prefix)
}

// meaning says in a few words what an action does.
var meaning = map[planner.Action]string{
	planner.ActionReuse:       "copy the file handle's record; the object stays where it is",
	planner.ActionRegister:    "register the object where it lies",
	planner.ActionCopy:        "copy server-side in S3, then register",
	planner.ActionSynapseCopy: "Synapse copies server-side",
	planner.ActionStream:      "read here, write to the destination, then register",
	planner.ActionUpload:      "read here, upload through Synapse",
	planner.ActionSkip:        "left out",
	planner.ActionBlock:       "left out: a rule forbids it",
}
