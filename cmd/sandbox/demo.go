package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"synapse-migrate/migrate/sandbox/demo"
)

// newDemo is the command that shows a whole migration.
func newDemo() *cobra.Command {
	var o demo.Options
	cmd := &cobra.Command{
		Use:   "demo --migrate PROGRAM",
		Short: "Show a whole migration on this machine: plan, run, kill, resume, compare",
		Long: `Starts a sandbox, fills a bucket that belongs to somebody else with a directory
and with objects of odd names, plans their migration into an STS folder, runs
it, kills the run in its middle, gives the same command again, and compares
what came out with the source on a path of its own. It ends by itself, leaves
nothing running, and exits with 0 only if every file is right.`,
		Example: `  sandbox demo --migrate bin/migrate
  sandbox demo --migrate bin/migrate --source ~/data --token-life 5s`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			o.Sandbox, o.Out = self, cmd.OutOrStdout()
			return demo.Run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Migrate, "migrate", "bin/migrate", "the migrate `program`")
	flags.StringVar(&o.Directory, "source", "", "`directory` to migrate (default a part of the Go toolchain's sources)")
	flags.DurationVar(&o.TokenLife, "token-life", 20*time.Second, "how long Synapse's credentials live")
	return cmd
}
