package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

func (a *app) verifyCommand() *cobra.Command {
	var request api.VerifyRequest
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Read all that this device holds again, and compare it with what was recorded",
		Long: "Reads every file of the folders and the vault again and compares its bytes with its hash. A file\n" +
			"whose bytes have changed although nobody wrote to it is damaged: it counts as a copy no more, and\n" +
			"is fetched again from another device that holds it. In the vault the whole copy takes its place; in\n" +
			"your folders nothing is ever written, and the whole copy is kept in the vault.",
		Example: "  homeroll verify\n  homeroll verify --repair   # and wait until all is whole again\n" +
			"  homeroll verify --full     # build the catalogue anew from the files",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.verify(cmd.Context(), request) },
	}
	cmd.Flags().BoolVar(&request.Repair, "repair", false, "wait until what is damaged has been fetched from another device")
	cmd.Flags().BoolVar(&request.Full, "full", false, "build the catalogue anew from folders, vault and names log")
	return cmd
}

func (a *app) verify(ctx context.Context, request api.VerifyRequest) error {
	client, err := a.dial()
	if err != nil {
		return err
	}
	show := &verifyView{a: a}
	defer show.close()
	end, err := client.Verify(ctx, request, show.event)
	if err == nil && end == nil {
		end, err = a.awaitRebuild(ctx, request, show)
	}
	if err != nil {
		return err
	}
	show.close()
	return a.reportVerified(end)
}

// reopening is how long the node may take to start again with a new catalogue.
const reopening = time.Minute

// awaitRebuild finds the node again and waits until it has read everything. A
// node that has not stopped yet may still take the request, and end it.
func (a *app) awaitRebuild(ctx context.Context, request api.VerifyRequest, show *verifyView) (*api.VerifyInfo, error) {
	request.Full, request.Rebuilt = false, true
	for deadline := time.Now().Add(reopening); ; {
		client, err := api.Dial(a.state)
		if err == nil {
			var end *api.VerifyInfo
			if end, err = client.Verify(ctx, request, show.event); err == nil && end != nil {
				return end, nil
			}
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !errors.Is(err, api.ErrNoNode) && err != nil && !interruptedAnswer(err) || time.Now().After(deadline) {
			return nil, errors.Join(errors.New("the node did not come back with a new catalogue"), err)
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// interruptedAnswer reports an answer that the node broke off because it stops.
func interruptedAnswer(err error) bool {
	var answered *api.Error
	return errors.As(err, &answered) && answered.Code == api.ExitInterrupted
}

func (a *app) reportVerified(end *api.VerifyInfo) error {
	if a.json {
		if err := a.printJSON(end); err != nil {
			return err
		}
	} else {
		a.say("%s", verifiedText(end))
	}
	if end.Unrepaired == 0 {
		return nil
	}
	f := &failure{code: api.ExitDamage, message: fmt.Sprintf("%s damaged and not repaired", plural(int64(end.Unrepaired), "file is", "files are"))}
	f.hint = "to wait until they are fetched again: " + a.command("verify", "--repair")
	for _, d := range end.Damage {
		if !d.Repaired && len(d.Holders) == 0 {
			f.hint = "no other device holds some of them: bring back one that may, or restore them from another backup; " + a.command("problems") + " lists them"
		}
	}
	return f
}

func verifiedText(end *api.VerifyInfo) string {
	text := fmt.Sprintf("Read %s, %s: ", plural(end.Files, "file", "files"), bytesText(end.Bytes))
	if end.Full {
		text = fmt.Sprintf("Built the catalogue anew from %s, %s: ", plural(end.Files, "file", "files"), bytesText(end.Bytes))
	}
	switch {
	case end.Damaged == 0:
		return text + "all whole."
	case end.Unrepaired == 0:
		return text + fmt.Sprintf("%d damaged, all whole again from other devices.", end.Damaged)
	}
	return text + fmt.Sprintf("%d damaged, %d of them whole again from other devices.", end.Damaged, end.Repaired)
}

// verifyView shows a verification while it runs: one line that is written over on
// a terminal, a line every tenth part elsewhere.
type verifyView struct {
	a     *app
	tenth int64
	open  bool // an unfinished line is on the terminal
}

func (v *verifyView) event(e api.VerifyEvent) {
	if v.a.quiet || v.a.json {
		return
	}
	switch e.Type {
	case api.EventReading:
		v.progress(e)
	case api.EventDamage:
		v.line("damaged: %s (%s)", e.Damage.Path, damageText(*e.Damage))
	case api.EventRepairing:
		v.line("Waiting for %s to be fetched again.", plural(int64(e.Left), "file", "files"))
	case api.EventRebuilding:
		v.line("The node starts again and reads everything; nothing is fetched until that is done.")
	}
}

func damageText(d api.Damage) string {
	text := map[string]string{"damaged": "its bytes have changed", "read-error": "the disk cannot read it", "lost": "it is not there any more", "changed": "somebody has changed it, so it is no copy any more"}[d.Reason]
	if len(d.Holders) == 0 {
		return text + "; no other device holds it"
	}
	return text + "; also on " + strings.Join(d.Holders, ", ")
}

func (v *verifyView) progress(e api.VerifyEvent) {
	if e.TotalBytes <= 0 {
		return
	}
	percent := min(100, 100*e.Bytes/e.TotalBytes)
	if terminal(v.a.out) {
		fmt.Fprintf(v.a.out, "\r\x1b[KReading: %d %%, %s of %s", percent, bytesText(e.Bytes), bytesText(e.TotalBytes))
		v.open = true
		return
	}
	if percent/10 > v.tenth {
		v.tenth = percent / 10
		v.a.say("Reading: %d %%, %s of %s", percent, bytesText(e.Bytes), bytesText(e.TotalBytes))
	}
}

func (v *verifyView) line(format string, args ...any) {
	v.close()
	v.a.say(format, args...)
}

// close ends the line that is written over.
func (v *verifyView) close() {
	if v.open {
		fmt.Fprint(v.a.out, "\r\x1b[K")
		v.open = false
	}
}
