package synapse

import (
	"context"
	"fmt"
	"strconv"
)

// Me returns the caller's profile, as Synapse sees the token. It returns
// ErrAnonymous when Synapse takes the caller for nobody, which is how it
// treats a missing token.
func (c PrincipalCalls) Me(ctx context.Context) (UserProfile, error) {
	p, err := fetch[UserProfile](ctx, c.client, read("/repo/v1/userProfile"))
	if err != nil {
		return UserProfile{}, err
	}
	if p.OwnerID == "" || p.OwnerID == strconv.FormatInt(PrincipalAnonymous, 10) {
		return UserProfile{}, fmt.Errorf("asking %s who is calling: %w", c.client.base, ErrAnonymous)
	}
	return p, nil
}
