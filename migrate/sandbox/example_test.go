package sandbox_test

import (
	"context"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"synapse-migrate/migrate/sandbox"
)

// A sandbox whose credentials live for twenty seconds, with a foreign
// bucket full of files, until the program is told to end.
func ExampleStart() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	box, err := sandbox.Start(ctx, sandbox.Options{
		Throttle: true, TokenLife: 20 * time.Second,
		Load: &sandbox.Load{Directory: "data", Into: sandbox.IntoForeign, Prefix: "study/"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = box.Close() }()
	d := box.Describe()
	fmt.Println("migrate bucket s3://" + d.Foreign + "/study/ --to " + d.External.ID)
	fmt.Println(box.Wait(ctx))
}
