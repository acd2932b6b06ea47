package action

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/synapse"
)

// mayBeOvertaken reports whether an error may come of an upload that another
// run of the same user has completed, or is about to: a request equal in every
// field leads both to one upload. Synapse answers 400 to a part for it and to
// its completion without one (MultipartManagerV2Impl, October 2024 snapshot), and
// S3 has forgotten it, unless it was begun a moment ago.
func (s *partSender) mayBeOvertaken(err error) bool {
	var answer *synapse.Error
	if errors.As(err, &answer) {
		return answer.Status == http.StatusBadRequest
	}
	return errors.Is(err, effect.ErrNoUpload) && !s.anew
}

// maxLooks is how often an upload is looked up that another run is changing
// meanwhile.
const maxLooks = 3

// overtaken looks an upload up that was refused for the given reason. One that
// is completed is returned, and one whose parts are all there by now is
// completed. One that lacks parts which had been added, or was begun anew, is
// another run's work, too: effect.ErrOvertaken, after which the item goes on with what
// is there. Otherwise the reason stands.
func (r multipart) overtaken(
	ctx context.Context, sender *partSender, uploadID string, why error,
) (synapse.MultipartStatus, error) {
	var failed *effect.Error
	completing := errors.As(why, &failed) && failed.Of(opComplete)
	for range maxLooks {
		status, err := r.start(ctx, sender.request, false)
		switch {
		case err != nil:
			return status, err
		case status.UploadID != uploadID: // it has begun anew
			return status, effect.Fail(opStart, fmt.Errorf("%w: %w", effect.ErrOvertaken, why))
		case status.State == synapse.UploadStateCompleted:
			r.Effects.Logger.Debug().Str("upload", uploadID).Msg("another run has completed the upload")
			return status, nil
		case !completing:
			return status, why
		case strings.Contains(status.PartsState, "0"):
			return status, effect.Fail(opComplete, fmt.Errorf("%w: %w", effect.ErrOvertaken, why))
		}
		if status, err = r.complete(ctx, uploadID); err == nil || !sender.mayBeOvertaken(err) {
			return status, err
		}
	}
	return synapse.MultipartStatus{}, why
}
