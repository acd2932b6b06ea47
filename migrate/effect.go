package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"synapse-migrate/migrate/checkpoint"
	"synapse-migrate/synapse"
)

// Errors that decide what happens to an item, beside the exported ones.
var (
	// errMD5Differs: the bytes are not those that the plan's MD5 stands for.
	errMD5Differs = errors.New("MD5 differs from the plan's")
	// errGivenUp: retried where it happened, as often as allowed.
	errGivenUp = errors.New("given up")
	// errNoSuchAction: the plan asks for what this package can't do.
	errNoSuchAction = errors.New("no such action")
	// errVanished: nothing holds a name that was taken, or may have been.
	errVanished = errors.New("nothing holds the name")
	// errLeft: no more is begun, so this is left for another run.
	errLeft = errors.New("left for another run")
)

// operation is one kind of outside effect or look-up.
type operation struct {
	phase Phase
	// name is in the service's own words.
	name string
	side checkpoint.Side
}

// The operations.
var (
	opCheck       = operation{PhaseCheck, "check object", checkpoint.SideSource}
	opHash        = operation{PhaseHash, "read object for its MD5", checkpoint.SideSource}
	opCopy        = operation{PhaseCopy, "copy object", checkpoint.SideSource}
	opStream      = operation{PhaseStream, "stream object", checkpoint.SideSource}
	opOpenPart    = operation{PhaseUpload, "read part", checkpoint.SideSource}
	opPutPart     = operation{PhaseUpload, "upload part", checkpoint.SideDestination}
	opCopyPart    = operation{PhaseCopy, "copy part", checkpoint.SideSource}
	opLook        = operation{PhaseCopy, "look at Synapse's copy", checkpoint.SideDestination}
	opMirror      = operation{PhaseCopy, "copy object inside the folder", checkpoint.SideDestination}
	opRemove      = operation{PhaseCopy, "remove Synapse's copy", checkpoint.SideDestination}
	opCopyHandles = operation{PhaseSynapse, "copy file handles", checkpoint.SideSource}
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
	return operation{PhaseSynapse, name, checkpoint.SideDestination}
}

// opError is an operation's error; fail makes an ItemError of it.
type opError struct {
	operation
	err error
}

// Error names the operation and the cause.
func (e *opError) Error() string { return e.name + ": " + e.err.Error() }

// Unwrap returns the cause.
func (e *opError) Unwrap() error { return e.err }

// call performs an operation, unless the run has been cancelled. One of
// Synapse's doesn't wait for the call budget once no more is begun: its error
// is then synapse.ErrNotStarted.
func call[T any](
	ctx context.Context, r *run, o operation, f func(context.Context) (T, error),
) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if o.phase == PhaseSynapse {
		ctx = synapse.WithStart(ctx, r.handout)
	}
	leave := r.meter.enter(o.phase)
	v, err := f(ctx)
	leave()
	if errors.Is(err, synapse.ErrNotStarted) {
		r.meter.notCalled()
	}
	if err != nil {
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
	return nil
}
