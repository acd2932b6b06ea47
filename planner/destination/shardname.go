package destination

import (
	"fmt"
	"regexp"
	"strconv"
)

// ShardName is the name of a shard: part-0001, part-0002, ... Numbers begin
// after the highest that any folder of the plan, or anything in a folder of
// the destination that the plan goes through, has in a name of this form; so
// no name is taken.
func ShardName(n int64) string { return fmt.Sprintf("part-%04d", n) }

var shardPattern = regexp.MustCompile(`^part-([0-9]{4,15})$`)

// ShardNumber is the number in a name of the form of ShardName, else 0.
func ShardNumber(name string) int64 {
	m := shardPattern.FindStringSubmatch(name)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseInt(m[1], 10, 64)
	return n
}
