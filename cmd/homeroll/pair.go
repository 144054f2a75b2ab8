package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

// everyoneSees is what people must know before they pair.
const everyoneSees = "Every member of a home sees every picture of it, and keeps copies."

// codeWords is how many words a code is where spaces are typed for its dashes.
const codeWords = 3

func (a *app) pairCommand() *cobra.Command {
	var at, replace string
	var yes bool
	cmd := &cobra.Command{
		Use:   "pair [CODE]",
		Short: "Show a code for another device, or join with the code that another one shows",
		Long: "Without CODE, opens a window of five minutes and shows a code that is good for one device.\n" +
			"With CODE, joins the home of the device that shows it. " + everyoneSees,
		Example: "  homeroll pair                              # on one device: shows K7-4MP-X2R\n" +
			"  homeroll pair K7-4MP-X2R                   # on the other\n" +
			"  homeroll pair K7-4MP-X2R --at 192.168.1.20 # where devices do not find each other",
		Args: cobra.MaximumNArgs(codeWords),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				if at != "" || replace != "" {
					return usage("usage: homeroll pair CODE [--at ADDR] [--replace NAME]", "--at and --replace go with a CODE")
				}
				return a.invite(cmd.Context())
			}
			request := api.PairRequest{Code: strings.Join(args, " "), Replace: replace}
			if cmd.Flags().Changed("at") {
				addr, err := peerAddr(at)
				if err != nil {
					return err
				}
				request.At = addr
			}
			return a.join(cmd.Context(), request, yes)
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "HOST[:PORT] of the device that shows the code")
	cmd.Flags().StringVar(&replace, "replace", "", "name of a device of the home that this one takes the place of")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// invite shows a code until a device has joined with it.
func (a *app) invite(ctx context.Context) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	a.say("%s", everyoneSees)
	var failed error
	err = client.Invite(ctx, func(e api.PairEvent) { failed = errors.Join(failed, a.showPairEvent(e)) })
	return errors.Join(err, failed)
}

// join joins the home of the device that shows the code.
func (a *app) join(ctx context.Context, request api.PairRequest, yes bool) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	var failed error
	show := func(e api.PairEvent) { failed = errors.Join(failed, a.showPairEvent(e)) }
	err = client.Join(ctx, request, show, func(e api.PairEvent) bool { return a.agree(ctx, e, yes) })
	return errors.Join(err, failed)
}

// agree tells what joining means and, on a terminal, waits for Enter. Without one, having typed the
// code is consent.
func (a *app) agree(ctx context.Context, e api.PairEvent, yes bool) bool {
	if a.json {
		e.Session = "" // between the node and this program
		return a.printLine(e) == nil
	}
	if len(e.Members) > 0 {
		a.say("The home's members: %s.", strings.Join(e.Members, ", "))
	}
	a.say("%s", everyoneSees)
	if yes || !terminal(a.in) {
		return true
	}
	fmt.Fprint(a.err, "Join it? [Y/n] ")
	answers := make(chan string, 1)
	go func() { // ends with the process: a read of a terminal cannot be given up
		line, err := bufio.NewReader(a.in).ReadString('\n')
		if err != nil {
			line = "n"
		}
		answers <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case answer := <-answers:
		return answer == "" || answer == "y" || answer == "yes"
	case <-ctx.Done():
		return false
	}
}

// showPairEvent prints what happens while pairing.
func (a *app) showPairEvent(e api.PairEvent) error {
	if a.json {
		return a.printLine(e)
	}
	switch e.Type {
	case api.EventCode:
		return a.showCode(e)
	case api.EventAttempt:
		a.say("An attempt from %s failed: %s", e.From, strings.ReplaceAll(e.Message, "\n", "; "))
	case api.EventProgress:
		a.say("%s", e.Message)
	case api.EventPaired:
		a.showPaired(e)
	}
	return nil
}

func (a *app) showCode(e api.PairEvent) error {
	if a.quiet {
		_, err := fmt.Fprintln(a.out, e.Code)
		return err
	}
	until := ""
	if e.Expires != nil {
		until = " until " + e.Expires.Local().Format(time.TimeOnly)
	}
	fmt.Fprintf(a.out, "\n    %s\n\n", paint(colours(a.out), bold, plain(e.Code)))
	a.say("Good for one device%s. On that device: homeroll pair %s", until, e.Code)
	a.say("Waiting for it. Ctrl-C closes the window.")
	return nil
}

func (a *app) showPaired(e api.PairEvent) {
	name := "the other device"
	if e.Device != nil && e.Device.Name != "" {
		name = e.Device.Name
	}
	a.say("Paired with %s. What each has now goes to the other; to see how far it is: %s", name, a.command("status"))
}
