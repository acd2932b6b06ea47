package credentials

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"
)

// fakeSTS notes what it is asked.
type fakeSTS struct {
	role   *sts.AssumeRoleInput
	user   *sts.GetFederationTokenInput
	answer *types.Credentials
	err    error
}

func (f *fakeSTS) AssumeRole(
	_ context.Context, in *sts.AssumeRoleInput, _ ...func(*sts.Options),
) (*sts.AssumeRoleOutput, error) {
	f.role = in
	return &sts.AssumeRoleOutput{Credentials: f.answer}, f.err
}

func (f *fakeSTS) GetFederationToken(
	_ context.Context, in *sts.GetFederationTokenInput, _ ...func(*sts.Options),
) (*sts.GetFederationTokenOutput, error) {
	f.user = in
	return &sts.GetFederationTokenOutput{Credentials: f.answer}, f.err
}

func newFakeSTS() *fakeSTS {
	return &fakeSTS{answer: &types.Credentials{
		AccessKeyId: aws.String("ASIA"), SecretAccessKey: aws.String("hush"), SessionToken: aws.String("hush-token"),
		Expiration: aws.Time(time.Unix(5000, 0)),
	}}
}

const testARN = "arn:aws:iam::123456789012:role/reader"

func TestAssumeRoleAsks(t *testing.T) {
	f := newFakeSTS()
	var asked string
	p, err := AssumeRole(f, RoleOptions{
		ARN: testARN, ExternalID: "ext", Session: "me", Life: 2 * time.Hour, Policy: "{}",
		Tags: map[string]string{"b": "2", "a": "1"}, TransitiveTags: []string{"a"},
		MFASerial: "mfa", MFA: func(_ context.Context, serial string) (string, error) {
			asked = serial
			return "123456", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Retrieve(t.Context())
	want := aws.Credentials{
		AccessKeyID: "ASIA", SecretAccessKey: "hush", SessionToken: "hush-token", Source: "AssumeRole",
		CanExpire: true, Expires: time.Unix(5000, 0),
	}
	if err != nil || c != want {
		t.Errorf("got other credentials, %v", err)
	}
	in := f.role
	if *in.RoleArn != testARN || *in.ExternalId != "ext" || *in.RoleSessionName != "me" ||
		*in.DurationSeconds != 7200 ||
		*in.Policy != "{}" || *in.SerialNumber != "mfa" || *in.TokenCode != "123456" || asked != "mfa" ||
		len(in.Tags) != 2 || *in.Tags[0].Key != "a" || *in.Tags[1].Value != "2" || in.TransitiveTagKeys[0] != "a" {
		t.Errorf("asked for %+v", in)
	}
}

func TestAssumeRoleDefaults(t *testing.T) {
	prompt := func(context.Context, string) (string, error) { return "", errors.New("no terminal") }
	tests := []struct {
		name    string
		options RoleOptions
		seconds int32
		err     error
	}{
		{"shortest", RoleOptions{}, 900, nil},
		{"chained for an hour", RoleOptions{Chained: true, Life: time.Hour}, 3600, nil},
		{"chained for longer", RoleOptions{Chained: true, Life: time.Hour + time.Second}, 0, errChained},
		{"MFA without anybody", RoleOptions{MFASerial: "mfa"}, 0, errNoPrompt},
		{"MFA", RoleOptions{MFASerial: "mfa", MFA: prompt}, 3600, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := AssumeRole(newFakeSTS(), tt.options)
			if !errors.Is(err, tt.err) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if err == nil && *seconds(r.(role).options.Life) != tt.seconds {
				t.Errorf("lives for %s", r.(role).options.Life)
			}
		})
	}
	r, err := AssumeRole(newFakeSTS(), RoleOptions{ARN: testARN, MFASerial: "mfa", MFA: prompt})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Retrieve(t.Context()); err == nil || !strings.Contains(err.Error(),
		"asking for the code of mfa: no terminal") {
		t.Errorf("without a code: got %v", err)
	}
}

func TestAssumeRoleSendsNothingEmpty(t *testing.T) {
	f := newFakeSTS()
	p, err := AssumeRole(f, RoleOptions{ARN: testARN})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if in := f.role; in.ExternalId != nil || in.Policy != nil || in.SerialNumber != nil || in.TokenCode != nil ||
		in.Tags != nil || *in.RoleSessionName != "synapse-migrate" {
		t.Errorf("asked for %+v", in)
	}
}

func TestFederationToken(t *testing.T) {
	f := newFakeSTS()
	p, err := federationToken(f, federationOptions{Policy: "{}", Tags: map[string]string{"a": "1"}})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := p.Retrieve(t.Context()); err != nil || c.SessionToken != "hush-token" ||
		c.Source != "GetFederationToken" {
		t.Errorf("got other credentials, %v", err)
	}
	if in := f.user; *in.Name != "synapse-migrate" || *in.DurationSeconds != 900 ||
		*in.Policy != "{}" || len(in.Tags) != 1 {
		t.Errorf("asked for %+v", in)
	}
	if _, err := federationToken(f, federationOptions{}); err == nil {
		t.Error("a federated user without rights")
	}
	f.answer = nil
	if _, err := p.Retrieve(t.Context()); !errors.Is(err, errAnswer) {
		t.Errorf("an empty answer: got %v", err)
	}
}

func TestSTSRefusals(t *testing.T) {
	api := func(code string) error {
		return &smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole",
			Err: &smithy.GenericAPIError{Code: code, Message: "in its words" + strings.Repeat("x", 400)}}
	}
	tests := []struct {
		name string
		life time.Duration
		err  error
		want []string
	}{
		{"denied", time.Hour, api("AccessDenied"), []string{`AccessDenied "in its words`,
			"trust policy", "external-id"}},
		{"too long", 2 * time.Hour, api("ValidationError"), []string{"a shorter duration than 2h0m0s",
			errChained.Error()}},
		{"invalid", time.Hour, api("ValidationError"), []string{`ValidationError "in its words`}},
		{"packed", time.Hour, api("PackedPolicyTooLarge"), []string{"session-policy: none"}},
		{"no answer", time.Hour, &smithy.OperationError{Err: errors.New("connection refused")},
			[]string{"connection refused"}},
		{"unsigned", time.Hour, &smithy.OperationError{Err: &RefusedError{Name: "the source",
			Err: errors.New("why")}},
			[]string{"credentials of the source: no valid credentials: why"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFakeSTS()
			f.err = tt.err
			p, err := AssumeRole(f, RoleOptions{ARN: testARN, Life: tt.life})
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.Retrieve(t.Context())
			var refused *STSError
			if !errors.As(err, &refused) || !errors.Is(err, tt.err) {
				t.Fatalf("got %v", err)
			}
			for _, want := range append(tt.want, "AssumeRole "+testARN+": ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), errChained.Error()) != (tt.life > chainedLife) {
				t.Errorf("got %v for a life of %s", err, tt.life)
			}
			if len(refused.Message) > maxShownBytes+3 {
				t.Errorf("%d characters of STS's words", len(refused.Message))
			}
		})
	}
	f := newFakeSTS()
	f.err = api("AccessDenied")
	p, err := federationToken(f, federationOptions{Name: "me", Policy: "{}"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Retrieve(t.Context()); err == nil || !strings.Contains(err.Error(),
		"GetFederationToken me: AccessDenied") ||
		!strings.Contains(err.Error(), "long-lived keys") {
		t.Errorf("got %v", err)
	}
}
