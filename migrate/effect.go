package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/migrate/transfer"
	"synapse-migrate/synapse"
)

// Errors that decide what happens to an item, beside the exported ones.
var (
	// errMD5Differs: the bytes are not those that the plan's MD5 stands for.
	errMD5Differs = transfer.ErrMD5
	// errGivenUp: retried where it happened, as often as allowed.
	errGivenUp = errors.New("given up")
	// errNoSuchAction: the plan asks for what this package can't do.
	errNoSuchAction = errors.New("no such action")
	// errVanished: nothing holds a name that was taken, or may have been.
	errVanished = errors.New("nothing holds the name")
	// errLeft: no more is begun, so this is left for another run.
	errLeft = errors.New("left for another run")
	// errOvertaken: another run is sending the same upload.
	errOvertaken = errors.New("another run works on the same upload")
)

// operation is one kind of outside effect or look-up.
type operation struct {
	phase Phase
	// name is in the service's own words.
	name string
	// side is where a failure is booked.
	side  checkpoint.Side
	needs needs
	// source is where the object lies, for those that need the source.
	source Place
}

// The operations.
var (
	opCheck       = sourceOp(PhaseCheck, "check object")
	opHash        = sourceOp(PhaseHash, "read object for its MD5")
	opOpenPart    = sourceOp(PhaseUpload, "read part")
	opCopy        = opOf(PhaseCopy, "copy object", checkpoint.SideSource, needsDestination)
	opStream      = opOf(PhaseStream, "stream object", checkpoint.SideSource, needsBoth)
	opCopyPart    = opOf(PhaseCopy, "copy part", checkpoint.SideSource, needsDestination)
	opPutPart     = destinationOp(PhaseUpload, "upload part")
	opLook        = destinationOp(PhaseCopy, "look at Synapse's copy")
	opMirror      = destinationOp(PhaseCopy, "copy object inside the folder")
	opRemove      = destinationOp(PhaseCopy, "remove Synapse's copy")
	opCopyHandles = opOf(PhaseSynapse, "copy file handles", checkpoint.SideSource, needsSynapse)
	opStart       = synapseOp("start multipart upload")
	opURLs        = synapseOp("get presigned part URLs")
	opAddPart     = synapseOp("add part")
	opComplete    = synapseOp("complete multipart upload")
	opRegister    = synapseOp("register file handle")
	opHandle      = synapseOp("get file handle")
	opCreate      = synapseOp("create file entity")
	opUpdate      = synapseOp("update file entity")
	opVersion     = synapseOp("add version to file entity")
	opVersions    = synapseOp("list versions")
	opRelocate    = synapseOp("move file entity")
	opRepoint     = synapseOp("re-point version")
	opActivity    = synapseOp("create activity")
	opEntity      = synapseOp("get entity")
	opChild       = synapseOp("look entity up by name")
	opAnnotate    = synapseOp("annotate file entity")
	opNewFolder   = synapseOp("create folder")
)

func synapseOp(name string) operation {
	return opOf(PhaseSynapse, name, checkpoint.SideDestination, needsSynapse)
}

func sourceOp(p Phase, name string) operation {
	return opOf(p, name, checkpoint.SideSource, needsSource)
}

func destinationOp(p Phase, name string) operation {
	return opOf(p, name, checkpoint.SideDestination, needsDestination)
}

func opOf(p Phase, name string, side checkpoint.Side, n needs) operation {
	return operation{phase: p, name: name, side: side, needs: n}
}

// opError is an operation's error; fail makes an ItemError of it.
type opError struct {
	operation
	err error
}

// Error names the operation and the cause.
func (e *opError) Error() string { return e.name + ": " + e.err.Error() }

// booked is the side that the error is booked to: that of the operation, but
// for a stream which its destination refused.
func (e *opError) booked() checkpoint.Side {
	var at placed
	if e.needs == needsBoth && errors.As(e.err, &at) {
		if bucket, _ := at.Place(); bucket != e.source.Bucket {
			return checkpoint.SideDestination
		}
	}
	return e.side
}

// Unwrap returns the cause.
func (e *opError) Unwrap() error { return e.err }

// call performs an operation, unless the run has been cancelled. While a side
// that it needs is down, it waits, as long as more is begun: errLeft. One of
// Synapse's doesn't wait for the call budget once no more is begun: its error
// is then synapse.ErrNotStarted.
func call[T any](
	ctx context.Context, r *run, o operation, f func(context.Context) (T, error),
) (T, error) {
	var none T
	held, err := r.pauses.enter(ctx, r.handout, o.places(r.to))
	if err != nil {
		return none, err
	}
	if o.phase == PhaseSynapse {
		ctx = synapse.WithStart(ctx, r.handout)
	}
	leave := r.meter.enter(o.phase)
	v, err := f(withHeld(ctx, held))
	leave()
	if errors.Is(err, synapse.ErrNotStarted) {
		r.meter.notCalled()
	}
	if err = held.leave(ctx, err); err != nil {
		return none, &opError{o, err}
	}
	return v, nil
}

// recordTimeout is how long the run file may take for one commit: more than
// any disk that works.
const recordTimeout = 30 * time.Second

// keep writes to the run file, also after cancellation: the effect that is
// to be remembered has been made.
func (r *run) keep(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	defer r.meter.enter(PhaseRecord)()
	if err := f(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrRunFile, err)
	}
	return nil
}

// advance records the entry's next state, and only then lets e be it.
func (r *run) advance(ctx context.Context, e *checkpoint.Entry, next checkpoint.Entry) error {
	err := r.keep(ctx, func(ctx context.Context) error {
		return r.deps.Checkpoint.Record(ctx, next)
	})
	if err != nil {
		return err
	}
	*e = next
	r.refusals.reached(e.State)
	return nil
}
