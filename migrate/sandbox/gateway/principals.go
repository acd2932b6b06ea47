package gateway

import (
	"regexp"

	"github.com/versity/versitygw/auth"
)

var _ auth.PrincipalResolver = iam{}

// named is how bucket policies name principals: accounts by their number, and
// everybody by ARN (IAM user guide, AWS JSON policy elements, Principal,
// November 2026).
var named = regexp.MustCompile(
	`^([0-9]{12}|arn:aws:(iam|sts)::[0-9]{12}:(root|(user|role|assumed-role)/.+))$`)

// ResolvePrincipals returns those principals of a bucket policy whose names
// are none. AWS refuses principals that don't exist, too; there is no telling
// here which accounts do.
func (iam) ResolvePrincipals(principals []string) ([]string, error) {
	invalid := []string{}
	for _, p := range principals {
		if !named.MatchString(p) {
			invalid = append(invalid, p)
		}
	}
	return invalid, nil
}
