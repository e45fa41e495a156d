package main

import "github.com/spf13/cobra"

func benchCommand() *cobra.Command {
	c := &cobra.Command{Use: "bench", Short: "Measure how fast this program is on this machine", Args: args(0, 0, "a sub-command")}
	return c
}
