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
	policy, err := b.options.adapt(policy)
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

// adapt puts a policy into the form that the server understands: some actions
// left out, * spelled as s3:*. The rest of the document stays as it is, and
// without these options so does the text.
func (o Options) adapt(policy string) (string, error) {
	if len(o.DropPolicyActions) == 0 && !o.S3ActionsOnly {
		return policy, nil
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(policy), &document); err != nil {
		return "", fmt.Errorf("reading the session policy: %w", err)
	}
	statements, _ := document["Statement"].([]any)
	for _, s := range statements {
		statement, _ := s.(map[string]any)
		if actions, isList := statement["Action"].([]any); isList {
			statement["Action"] = o.adaptActions(actions)
		}
	}
	text, err := json.Marshal(document)
	if err != nil {
		return "", fmt.Errorf("writing the session policy: %w", err)
	}
	return string(text), nil
}

func (o Options) adaptActions(actions []any) []any {
	adapted := []any{}
	for _, action := range actions {
		name, _ := action.(string)
		switch {
		case slices.Contains(o.DropPolicyActions, name):
		case name == "*" && o.S3ActionsOnly:
			adapted = append(adapted, "s3:*")
		default:
			adapted = append(adapted, action)
		}
	}
	return adapted
}
