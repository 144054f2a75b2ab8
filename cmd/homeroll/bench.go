package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node"
	"homeroll/node/api"
)

func (a *app) benchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "bench",
		Short: "Measure hash, disk and link speed between this device and each peer",
		Long: "Measures how fast this device hashes, how fast the disk of its vault is, and how fast the links to the\n" +
			"other devices are that are online, within the limits that are set; and says what is likely to be the\n" +
			"bottleneck of a backup. It takes some 15 seconds and 7 more for each device, writes at most 256 MB\n" +
			"of its own beside the vault's files, and removes them. Without a running node there are no links.",
		Example: "  homeroll bench\n  homeroll bench --json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.bench(cmd.Context()) },
	}
}

func (a *app) bench(ctx context.Context) error {
	show := &benchView{a: a}
	defer show.close()
	info, err := a.measure(ctx, show.event)
	if err != nil {
		return err
	}
	show.close()
	if a.json {
		return a.printJSON(info)
	}
	a.printBench(info)
	return nil
}

// measure asks the node, or measures without one.
func (a *app) measure(ctx context.Context, emit func(api.BenchEvent)) (*api.BenchInfo, error) {
	client, err := api.Dial(a.state)
	if err == nil {
		return client.Bench(ctx, emit)
	}
	if !errors.Is(err, api.ErrNoNode) {
		return nil, err
	}
	_, c, _, err := a.inForce()
	if err != nil {
		return nil, err
	}
	vault := c.Vault.Dir
	if _, err := os.Stat(vault); err != nil {
		vault = ""
	}
	return node.MeasureLocal(ctx, vault, emit)
}

// benchView shows what is being measured: one line that is written over on a
// terminal, a line each elsewhere.
type benchView struct {
	a    *app
	open bool
}

func (v *benchView) event(e api.BenchEvent) {
	switch {
	case v.a.quiet || v.a.json || e.What == "":
	case terminal(v.a.out):
		fmt.Fprintf(v.a.out, "\r\x1b[KMeasuring %s", plain(e.What))
		v.open = true
	default:
		v.a.say("Measuring %s", e.What)
	}
}

func (v *benchView) close() {
	if v.open {
		fmt.Fprint(v.a.out, "\r\x1b[K")
		v.open = false
	}
}

func (a *app) printBench(b *api.BenchInfo) {
	a.say("Hashing      %s on one core, %s on %s", rateText(b.Hash.OneCore), rateText(b.Hash.AllCores), plural(int64(b.Hash.Cores), "core", "cores"))
	switch d := b.Disk; {
	case d == nil:
		a.say("Disk         there is no vault to measure")
	case d.Problem != "":
		a.say("Disk         %s: %s", d.Path, d.Problem)
	default:
		a.say("Disk         %s: writes %s, reads %s, commits %d small files/s", d.Path, rateText(*d.Write), rateText(*d.Read), *d.FilesPerSecond)
	}
	for i, l := range b.Links {
		label := "Links"
		if i > 0 {
			label = ""
		}
		a.say("%-13s%s", label, linkText(l))
	}
	if !b.Running {
		a.say("Links        no node is running, so they cannot be measured; start one: %s", a.command("run"))
	} else if len(b.Links) == 0 {
		a.say("Links        there is no other device yet: %s", a.command("pair"))
	}
	a.say("")
	for _, sentence := range b.Verdict {
		a.say("%s", sentence)
	}
}

func linkText(l api.BenchLink) string {
	switch {
	case !l.Online:
		return l.Device + ": not online"
	case l.Problem != "":
		return l.Device + ": " + l.Problem
	}
	text := []string{
		rateText(*l.Down) + " to here", rateText(*l.Up) + " from here",
		fmt.Sprintf("an answer takes %v", time.Duration(*l.RoundTrip*float64(time.Second)).Round(10*time.Microsecond)),
	}
	if l.Limited {
		text = append(text, "limits hold")
	}
	return l.Device + ": " + strings.Join(text, ", ")
}

func rateText(perSecond int64) string { return bytesText(perSecond) + "/s" }
