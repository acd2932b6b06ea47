package action

import (
	"context"
	"errors"
	"testing"

	"github.com/rs/zerolog"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/synapse"
)

// TestOvertaken decides about an upload that was refused, by what the server
// says of it.
func TestOvertaken(t *testing.T) {
	errItself := errors.New("the reason itself")
	refused := effect.Fail(opComplete, refuse(400, "Missing 1 part(s)."))
	status := func(id, state, parts string) synapse.MultipartStatus {
		return synapse.MultipartStatus{UploadID: id, State: state, PartsState: parts, ResultFileHandleID: "9"}
	}
	tests := []struct {
		name string
		now  synapse.MultipartStatus
		why  error
		want error
	}{
		{"completed", status("7", synapse.UploadStateCompleted, "11"), refused, nil},
		{"completed, forgotten by S3", status("7", synapse.UploadStateCompleted, "11"), effect.ErrNoUpload, nil},
		{"parts are gone", status("7", synapse.UploadStateUploading, "10"), refused, effect.ErrOvertaken},
		{"begun anew", status("8", synapse.UploadStateUploading, "00"), effect.ErrNoUpload, effect.ErrOvertaken},
		{"all is there by now", status("7", synapse.UploadStateUploading, "11"), refused, nil},
		{"all is there, and refused", status("6", synapse.UploadStateUploading, "11"), refused, errItself},
		{"forgotten by S3", status("7", synapse.UploadStateUploading, "00"), effect.ErrNoUpload, effect.ErrNoUpload},
		{"a part is wrong", status("7", synapse.UploadStateUploading, "00"),
			effect.Fail(opAddPart, refuse(400, "no")), errItself},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Deps{
				Effects: effect.New("dest", 4, silent{}, effect.NewDrain(t.Context()), zerolog.Nop()),
				Synapse: restarted{status: test.now},
			}
			id := min(test.now.UploadID, "7")
			got, err := multipart{d}.overtaken(t.Context(), &partSender{Deps: d}, id, test.why)
			switch {
			case test.want == nil:
				if err != nil || got.ResultFileHandleID != "9" {
					t.Errorf("got %+v, %v, want file handle 9", got, err)
				}
			case errors.Is(test.want, errItself):
				if !errors.Is(err, test.why) || errors.Is(err, effect.ErrOvertaken) {
					t.Errorf("got %v, want %v alone", err, test.why)
				}
			case !errors.Is(err, test.want) || !errors.Is(err, test.why):
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// restarted is a Synapse that knows one upload.
type restarted struct {
	Synapse
	status synapse.MultipartStatus
}

func (s restarted) StartMultipart(
	context.Context, synapse.MultipartRequest, bool,
) (synapse.MultipartStatus, error) {
	return s.status, nil
}

// CompleteMultipart completes all but upload 6.
func (s restarted) CompleteMultipart(_ context.Context, id string) (synapse.MultipartStatus, error) {
	if id == "6" {
		return synapse.MultipartStatus{}, refuse(400, "no")
	}
	s.status.State = synapse.UploadStateCompleted
	return s.status, nil
}

// refuse is an answer of Synapse.
func refuse(status int, reason string) error {
	return &synapse.Error{Status: status, Reason: reason}
}

// silent is an effect.Meter.
type silent struct{}

func (silent) Enter(effect.Phase) func() { return func() {} }
func (silent) NotCalled()                {}
