package awsbackend

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"synapse-migrate/synapse/emulator"
)

// AssumeRole returns credentials of the role, narrowed by the policy.
func (b *Backend) AssumeRole(
	ctx context.Context, sessionName, policy string, life time.Duration,
) (emulator.Credentials, error) {
	policy, err := withoutActions(policy, b.options.DropPolicyActions)
	if err != nil {
		return emulator.Credentials{}, fmt.Errorf("assuming a role as %s: %w", sessionName, err)
	}
	out, err := b.sts.AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn:         &b.options.RoleARN,
		RoleSessionName: &sessionName,
		Policy:          &policy,
		DurationSeconds: aws.Int32(int32(life / time.Second)),
	})
	if err != nil {
		return emulator.Credentials{}, fmt.Errorf("assuming a role as %s: %w", sessionName, err)
	}
	return emulator.Credentials{
		AccessKeyID:     aws.ToString(out.Credentials.AccessKeyId),
		SecretAccessKey: aws.ToString(out.Credentials.SecretAccessKey),
		SessionToken:    aws.ToString(out.Credentials.SessionToken),
		Expiration:      aws.ToTime(out.Credentials.Expiration),
	}, nil
}

// withoutActions takes actions out of a policy's statements; the rest of
// the document stays as it is. Without any, the text is untouched.
func withoutActions(policy string, drop []string) (string, error) {
	if len(drop) == 0 {
		return policy, nil
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(policy), &document); err != nil {
		return "", fmt.Errorf("reading the session policy: %w", err)
	}
	statements, _ := document["Statement"].([]any)
	for _, s := range statements {
		statement, _ := s.(map[string]any)
		actions, isList := statement["Action"].([]any)
		if !isList {
			continue
		}
		statement["Action"] = slices.DeleteFunc(actions, func(a any) bool {
			name, _ := a.(string)
			return slices.Contains(drop, name)
		})
	}
	text, err := json.Marshal(document)
	if err != nil {
		return "", fmt.Errorf("writing the session policy: %w", err)
	}
	return string(text), nil
}
