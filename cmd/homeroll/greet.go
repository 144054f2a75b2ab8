package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"homeroll/node"
	"homeroll/node/api"
	"homeroll/node/config"
)

// countTime is how long the first words may wait for the number of photos.
const countTime = 2 * time.Second

// greet says what this run does: in full on the first run, short later.
func (a *app) greet(ctx context.Context, n *node.Node, s settings, view runView) {
	if a.json {
		return
	}
	if s.running.Device.NAS { // its log says where the page is, and the code that the first visit asks for
		if status, err := n.Status(ctx); err == nil {
			for _, line := range a.pageLines(ctx, n, status.Address, s.running.Web) {
				view.Line(line)
			}
		}
		return
	}
	if !s.first {
		view.Line(shortGreeting(s.running))
	} else {
		count := countMedia(ctx, s.running.Folders, s.running.Media, countTime)
		for _, line := range a.firstGreeting(s, count) {
			view.Line(line)
		}
	}
	if status, err := n.Status(ctx); err == nil {
		if line := otherPort(s.running.Peers.Listen, status.Address.Listen); line != "" {
			view.Line(line)
		}
		for _, line := range a.pageLines(ctx, n, status.Address, s.running.Web) {
			view.Line(line)
		}
	}
}

// pageLines say where the page is, and how to come in.
func (a *app) pageLines(ctx context.Context, n *node.Node, at api.Address, set config.Web) []string {
	if at.Web == nil {
		return nil
	}
	line := "The page: " + *at.Web + "  (signed in: " + a.command("open") + ")"
	lines := []string{line}
	if _, port, err := net.SplitHostPort(set.Addr); err == nil && port == config.DefaultWebPort && !strings.HasSuffix(*at.Web, ":"+port) {
		lines = append(lines, "Port "+port+" is taken, so the page has another one.")
	}
	if open, err := n.Control().OpenPage(ctx); err == nil && open.Setup != "" {
		lines = append(lines, "Set its password first: "+open.Setup+"  (set-up code: "+open.SetupToken+")")
	}
	if at.Plain {
		lines = append(lines, "Other devices reach the page without HTTPS (web.tls = off): whoever shares your network can read along.")
	}
	return lines
}

// firstGreeting is what the first run says, with real numbers.
func (a *app) firstGreeting(s settings, count mediaCount) []string {
	c := s.running
	lines := []string{
		fmt.Sprintf("This is %q. %s", c.Device.Name, a.watchingText(s, count)),
		vaultText(c),
		"Not backed up yet: no other device. In a second terminal: " + a.command("pair"),
	}
	if os.Getenv("INVOCATION_ID") != "" { // set by systemd: this is the service
		return lines
	}
	return append(lines, "Closing this terminal stops the backup; to keep it on: "+a.command("service", "install"))
}

func (a *app) watchingText(s settings, count mediaCount) string {
	var paths []string
	for _, f := range s.running.Folders {
		paths = append(paths, f.Path)
	}
	switch {
	case s.missing != "":
		return fmt.Sprintf("Nothing is watched: there is no %s. To watch a directory: %s", s.missing, a.command("folders", "add", "DIR"))
	case len(paths) == 0:
		return "Nothing is watched. To watch a directory: " + a.command("folders", "add", "DIR")
	case len(paths) == 1:
		return fmt.Sprintf("Watching %s (%v); it is never changed.", paths[0], count)
	default:
		return fmt.Sprintf("Watching %s (%v); they are never changed.", strings.Join(paths, ", "), count)
	}
}

func vaultText(c config.Config) string {
	if c.Device.Keep == config.KeepNothing {
		return "Nothing of your other devices is kept here (keep nothing)."
	}
	limit := "no limit"
	if c.Vault.Budget > 0 {
		limit = "up to " + bytesText(int64(c.Vault.Budget))
	}
	return fmt.Sprintf("Photos of your other devices go to %s (%s, not encrypted).", c.Vault.Dir, limit)
}

func shortGreeting(c config.Config) string {
	name := c.Device.Name
	if name == "" {
		name = hostName(machine())
	}
	folders := make([]string, len(c.Folders))
	for i, f := range c.Folders {
		folders[i] = f.Path
	}
	watched := "Nothing is watched"
	if len(folders) > 0 {
		watched = "Watching " + strings.Join(folders, ", ")
	}
	return fmt.Sprintf("This is %q. %s. Vault: %s.", name, watched, c.Vault.Dir)
}

// otherPort says which port is used where the default one was taken.
func otherPort(wanted string, listening []string) string {
	_, port, err := net.SplitHostPort(wanted)
	if err != nil || port == "0" || len(listening) == 0 {
		return ""
	}
	used := ""
	for _, addr := range listening {
		parts := strings.Split(addr, "/")
		for i := range len(parts) - 1 {
			if parts[i] == "tcp" {
				used = parts[i+1]
			}
		}
	}
	if used == "" || used == port {
		return ""
	}
	return fmt.Sprintf("Port %s is taken; other devices connect to port %s.", port, used)
}
