package access

import (
	"errors"
	"testing"

	"synapse-migrate/migrate/config"
	"synapse-migrate/planner"
)

func ruleOf(kind config.Kind) config.Rule {
	return config.Rule{Credentials: config.Provider{Kind: kind}}
}

func TestNamed(t *testing.T) {
	for _, tt := range []struct {
		profile string
		kind    config.Kind
		want    chosen
	}{
		{"", "", chosenNone}, {"lab", "", chosenProfile},
		{"", config.KindAnonymous, chosenRule}, {"lab", config.KindAnonymous, chosenProfile},
	} {
		if got := named(Override{Profile: tt.profile}, ruleOf(tt.kind)); got != tt.want {
			t.Errorf("profile %q, rule %q: got %q, want %q", tt.profile, tt.kind, got, tt.want)
		}
	}
}

func TestReads(t *testing.T) {
	inside := planner.Source{Bucket: "b", Prefix: "base/run7/"}
	dest := planner.Destination{Bucket: "b", BaseKey: "base"}
	for _, tt := range []struct {
		name   string
		writer Writer
		src    planner.Source
		want   chosen
	}{
		{"in the folder", WriterSynapse, inside, chosenFolder},
		{"in the folder, but others write", WriterSource, inside, chosenOwn},
		{"beside the folder", WriterSynapse, planner.Source{Bucket: "b", Prefix: "base-2/"}, chosenOwn},
		{"another bucket", WriterSynapse, planner.Source{Bucket: "a", Prefix: "base/run7/"}, chosenOwn},
	} {
		if got := (Target{Writer: tt.writer}).reads(tt.src, dest); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestWrites(t *testing.T) {
	for _, tt := range []struct {
		writer    Writer
		managed   bool
		kind      config.Kind
		want      chosen
		bySynapse bool
	}{
		{WriterSynapse, false, config.KindAnonymous, chosenFolder, true},
		{WriterSynapse, true, "", chosenFolder, true},
		{WriterSource, false, config.KindAnonymous, chosenOwn, false},
		{WriterSource, true, "", chosenFolder, false},
		{WriterConfig, false, config.KindAnonymous, chosenRule, false},
		{WriterConfig, false, config.KindSynapse, chosenRule, true},
		{WriterConfig, true, "", chosenFolder, false},
	} {
		got, bySynapse, err := (Target{Writer: tt.writer}).writes(planner.Destination{Managed: tt.managed}, ruleOf(tt.kind))
		if err != nil || got != tt.want || bySynapse != tt.bySynapse {
			t.Errorf("%+v: got %q, %t, %v", tt, got, bySynapse, err)
		}
	}
	if _, _, err := (Target{Writer: WriterConfig}).writes(planner.Destination{}, config.Rule{}); !errors.Is(err, ErrNotConfigured) {
		t.Errorf("nothing configured: got %v, want ErrNotConfigured", err)
	}
}
