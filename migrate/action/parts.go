package action

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"time"

	"synapse-migrate/migrate/effect"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/planner"
	"synapse-migrate/synapse"
)

var (
	opURLs     = effect.OnSynapse("get presigned part URLs")
	opAddPart  = effect.OnSynapse("add part")
	opOpenPart = effect.OnSource(effect.PhaseUpload, "read part")
	opPutPart  = effect.OnDestination(effect.PhaseUpload, "upload part")
)

// partSender sends the parts of one upload or copy. It is safe for concurrent
// use.
type partSender struct {
	Deps
	source planner.Object
	// request is what started the upload, and finds it again.
	request synapse.MultipartRequest
	// anew is true where it has just been begun anew.
	anew     bool
	uploadID string
	plan     partPlan
	urls     *partURLs
	// md5 is the object's, in lower-case hex.
	md5 string
	// passing is set where the parts are sent one by one, to be hashed.
	passing *passing
	// bring brings part n where its URL says, and returns what Synapse is to
	// find there: the MD5 in hex, or the ETag of a copy.
	bring func(ctx context.Context, u heldURL, n int64) (string, error)
}

// send sends part n and has it added. A part is sent again, a number of
// times, when its way was cut, its URL refused or the part not found right:
// an upload may have ten thousand, and one must not end them all. One that lies
// where Synapse looks for it is not sent again because Synapse is down.
func (s *partSender) send(ctx context.Context, n int64) error {
	sum := "" // of the part as it was sent, until it is added
	log := s.Effects.Logger.With().Int64("part", n).Logger()
	return s.Effects.Part(ctx, log, func(ctx context.Context) (err error) {
		if sum == "" {
			if sum, err = s.put(ctx, n); err != nil {
				return err
			}
		}
		if err := s.add(ctx, n, sum); err != nil {
			if !effect.Paused(err) {
				sum = ""
			}
			return err
		}
		return nil
	})
}

// add has part n added once it lies where Synapse looks for it.
func (s *partSender) add(ctx context.Context, n int64, sum string) error {
	result, err := effect.Call(ctx, s.Effects, opAddPart,
		func(ctx context.Context) (synapse.AddPartResult, error) {
			return s.Synapse.AddPart(ctx, s.uploadID, n, sum)
		})
	if err == nil && result.AddPartState != synapse.AddSuccess {
		return effect.Fail(opAddPart, fmt.Errorf("%w: %s", effect.ErrNotAdded, result.ErrorMessage))
	}
	return err
}

// put brings part n where a URL says, and returns what Synapse is to find there.
func (s *partSender) put(ctx context.Context, n int64) (string, error) {
	u, err := s.url(ctx, n)
	if err != nil {
		return "", err
	}
	return s.bring(ctx, u, n)
}

// url returns a URL for part n that is young enough, asking for the next
// batch if need be. Others wait meanwhile, since the batch is theirs too.
func (s *partSender) url(ctx context.Context, n int64) (heldURL, error) {
	select {
	case s.urls.turn <- struct{}{}:
		defer func() { <-s.urls.turn }()
	case <-ctx.Done():
		return heldURL{}, ctx.Err()
	}
	if u, ok := s.urls.take(n, time.Now()); ok {
		return s.checked(u)
	}
	askedOn := time.Now()
	got, err := effect.Call(ctx, s.Effects, opURLs, func(ctx context.Context) (synapse.PartURLs, error) {
		return s.Synapse.PartURLs(ctx, s.uploadID, synapse.PartURLsRequest{
			UploadID: s.uploadID, PartNumbers: s.urls.next(n),
		})
	})
	if err != nil {
		return heldURL{}, err
	}
	s.urls.put(got.PartPresignedURLs, askedOn)
	u, ok := s.urls.take(n, askedOn)
	if !ok {
		return u, effect.Fail(opURLs, fmt.Errorf("answer without part %d", n))
	}
	return s.checked(u)
}

// checked is the URL, if it may be used.
func (s *partSender) checked(u heldURL) (heldURL, error) {
	if err := s.mayUse(u.UploadPresignedURL); err != nil {
		return heldURL{}, effect.Fail(opURLs, err)
	}
	return u, nil
}

// putBytes sends the bytes of part n, and returns their MD5 in hex.
func (s *partSender) putBytes(ctx context.Context, u heldURL, n int64) (string, error) {
	first, length := s.plan.extent(n)
	open, stop := context.WithCancel(ctx)
	defer stop()
	body, err := effect.Call(open, s.Effects, opOpenPart.From(s.source), func(ctx context.Context) (io.ReadCloser, error) {
		return s.Source.Open(ctx, s.source, first, length)
	})
	if err != nil {
		return "", err
	}
	reading, err := s.reading(body)
	if err != nil {
		return "", errors.Join(err, body.Close())
	}
	_, err = effect.Call(ctx, s.Effects, opPutPart, func(ctx context.Context) ([]byte, error) {
		return putPart(ctx, s.PartClient, u.PartURL, reading, length)
	})
	reading.end(stop)
	_ = body.Close()
	bytes, sum, broken := reading.outcome()
	s.Meter.Read(bytes)
	switch {
	case broken != nil:
		return "", effect.Fail(opOpenPart, broken)
	case err != nil:
		return "", err
	case bytes != length:
		return "", effect.Fail(opPutPart, fmt.Errorf("answered after %d of %d bytes", bytes, length))
	}
	s.Meter.Written(length)
	if s.plan.count() == 1 && sum != s.md5 {
		return "", effect.Fail(opOpenPart, transfer.ErrMD5)
	}
	s.Meter.Arrived(length)
	if s.passing != nil {
		s.passing.sent = reading.whole
	}
	return sum, nil
}

// reading is the body of a part that is to be sent.
func (s *partSender) reading(from io.Reader) (b *partBody, err error) {
	b = &partBody{from: from, sum: md5.New()}
	if s.passing != nil {
		b.whole, err = s.passing.hash()
	}
	return b, err
}
