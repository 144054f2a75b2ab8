package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"homeroll/node/api"
)

func (a *app) openCommand() *cobra.Command {
	var onlyPrint bool
	cmd := &cobra.Command{
		Use:   "open",
		Short: "Open the page, signed in through a one-time link",
		Long: "Opens the page with the pictures in the browser, signed in through a link that works once, for ten minutes.\n" +
			"--print shows the link instead, the page's addresses and, until a password is set, where to set it.",
		Example: "  homeroll open\n  homeroll open --print",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := a.dial()
			if err != nil {
				return err
			}
			info, err := client.OpenPage(cmd.Context())
			if err != nil {
				return err
			}
			switch {
			case a.json:
				return a.printJSON(info)
			case onlyPrint:
				return a.printOpen(info)
			}
			if err := openBrowser(cmd.Context(), info.URL); err != nil {
				a.say("No browser could be started here: %v.", err)
				return a.printOpen(info)
			}
			page, _, _ := cutURL(info.URL)
			return a.done("The page is open: %s", page)
		},
	}
	cmd.Flags().BoolVar(&onlyPrint, "print", false, "print the link instead of opening it")
	return cmd
}

// printOpen shows the link, and for other devices the addresses. With --quiet the link is all.
func (a *app) printOpen(info *api.OpenInfo) error {
	fmt.Fprintln(a.out, info.URL)
	a.say("It signs in once, until %s.", info.Expires.Local().Format("15:04"))
	if len(info.Pages) > 1 {
		a.say("On your other devices: %s", info.Pages[0])
	}
	if info.Setup != "" {
		a.say("Set the password first: %s\nSet-up code: %s", info.Setup, info.SetupToken)
	}
	if info.Fingerprint != "" {
		a.say("Fingerprint of this home's authority (SHA-256):\n%s", info.Fingerprint)
	}
	return nil
}

// cutURL returns a link without what signs in.
func cutURL(link string) (page, token string, ok bool) {
	u, err := url.Parse(link)
	if err != nil {
		return link, "", false
	}
	return u.Scheme + "://" + u.Host, u.Query().Get("token"), true
}

// browserTime is how long the program that starts the browser may take; it ends once that runs.
const browserTime = 20 * time.Second

// openBrowser opens an address in the user's browser.
func openBrowser(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, browserTime)
	defer cancel()
	var cmd *exec.Cmd
	switch runtime.GOOS {
	case "darwin":
		cmd = exec.CommandContext(ctx, "open", address)
	case "windows":
		cmd = exec.CommandContext(ctx, "rundll32", "url.dll,FileProtocolHandler", address)
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return fmt.Errorf("there is no graphical session")
		}
		cmd = exec.CommandContext(ctx, "xdg-open", address)
	}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return nil
}
