package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"homeroll/node/api"
)

// card writes a status for people: what is the matter first, then what is where.
type card struct {
	w      io.Writer
	now    time.Time
	colour bool
	title  string // of the rows under way; written once
}

// maxCardProblems is how many problems the card shows; "problems list" shows all.
const maxCardProblems = 5

func renderCard(w io.Writer, s *api.Status, now time.Time, colour bool) {
	c := &card{w: w, now: now, colour: colour}
	c.head(s)
	c.library(s)
	c.vault(s)
	c.copies(s)
	c.flows(s)
	c.devices(s)
	c.phones(s)
	c.problems(s)
	c.skipped(s)
	c.addresses(s)
}

// row writes a line of the section that section began.
func (c *card) row(format string, args ...any) {
	fmt.Fprintf(c.w, "  %s%s\n", paint(c.colour, dim, fmt.Sprintf("%-13s", c.title)), plain(fmt.Sprintf(format, args...)))
	c.title = ""
}

func (c *card) section(title string) { c.title = title }

func (c *card) head(s *api.Status) {
	fmt.Fprintf(c.w, "%s  %s\n", paint(c.colour, bold, plain(s.Device.Name)), paint(c.colour, stateColour(s.State), string(s.State)))
	if s.Reason != "" {
		fmt.Fprintf(c.w, "  %s\n", plain(s.Reason))
	}
	fmt.Fprintln(c.w)
}

func (c *card) library(s *api.Status) {
	c.section("This device")
	if len(s.Library.Folders) == 0 {
		c.row("no folder is watched")
		return
	}
	c.row("%s, %s", plural(s.Library.Items, "item", "items"), bytesText(s.Library.Bytes))
	for _, f := range s.Library.Folders {
		text := fmt.Sprintf("%s  %s, %s", f.Path, plural(f.Items, "item", "items"), f.State)
		if f.Detail != "" {
			text += " (" + f.Detail + ")"
		}
		c.row("%s", text)
	}
}

func (c *card) vault(s *api.Status) {
	c.section("Vault")
	text := fmt.Sprintf("%s, %s", plural(s.Vault.Items, "item", "items"), bytesText(s.Vault.Bytes))
	if s.Vault.Budget != nil {
		text += " of " + bytesText(*s.Vault.Budget)
	}
	if s.Vault.Free != nil {
		text += fmt.Sprintf(" (%s free)", bytesText(*s.Vault.Free))
	}
	c.row("%s", text)
	c.row("%s", s.Vault.Path)
}

func (c *card) copies(s *api.Status) {
	c.section("Copies")
	text := fmt.Sprintf("%d wanted; ", s.Copies.Wanted)
	if s.Copies.Short > 0 {
		text += plural(s.Copies.Short, "item is", "items are") + " short of them"
	} else {
		text += "no item is short of them"
	}
	if s.Copies.Kept > 0 {
		text += "; " + plural(s.Copies.Kept, "deleted item is", "deleted items are") + " kept"
	}
	c.row("%s", text)
	var counts []string
	for n, items := range s.Copies.ByHolders {
		if items > 0 {
			counts = append(counts, fmt.Sprintf("%s with %s", countText(items), plural(int64(n), "copy", "copies")))
		}
	}
	if len(counts) > 0 {
		c.row("%s", strings.Join(counts, "; "))
	}
}

func (c *card) flows(s *api.Status) {
	if working := s.State == api.StateScanning || s.State == api.StateBackingUp; working && s.Progress.Total > s.Progress.Done {
		c.section("Progress")
		text := fmt.Sprintf("%s of %s", countText(s.Progress.Done), countText(s.Progress.Total))
		if s.Progress.ETASeconds != nil {
			text += fmt.Sprintf(", about %s left", durationText(time.Duration(*s.Progress.ETASeconds)*time.Second))
		}
		c.row("%s", text)
	}
	for _, flow := range []struct {
		title string
		flow  api.Flow
	}{{"Incoming", s.Incoming}, {"Outgoing", s.Outgoing}} {
		if text := flowText(flow.flow); text != "" {
			c.section(flow.title)
			c.row("%s", text)
		}
	}
}

// flowText says what still travels, "" if nothing does.
func flowText(f api.Flow) string {
	var parts []string
	if f.Items != nil && *f.Items > 0 {
		parts = append(parts, plural(*f.Items, "item", "items"))
	}
	if f.Bytes != nil && *f.Bytes > 0 {
		parts = append(parts, bytesText(*f.Bytes))
	}
	text := strings.Join(parts, ", ")
	if text != "" {
		text += " left"
	}
	if f.BytesPerSecond > 0 {
		text = strings.TrimPrefix(text+", "+bytesText(f.BytesPerSecond)+"/s", ", ")
	}
	return text
}

func (c *card) devices(s *api.Status) {
	c.section("Devices")
	if len(s.Peers) == 0 {
		c.row("no other device yet")
	}
	for _, p := range s.Peers {
		c.row("%s  %s", p.Name, peerText(p, c.now))
		if len(p.Lacks) > 0 {
			c.row("  its version %s does not do everything: %s", p.Version, strings.Join(p.Lacks, ", "))
		}
	}
}

// peerText says how another device is.
func peerText(p api.Peer, now time.Time) string {
	where := "last seen " + agoText(p.LastSeen, now)
	if p.LastSeen == nil {
		where = "not seen yet"
	}
	if p.Online {
		where = "online"
		if p.Address != nil {
			where += " at " + *p.Address
		}
	}
	text := fmt.Sprintf("%s; holds %s", where, plural(p.Held, "item", "items"))
	if p.Missing > 0 {
		text += fmt.Sprintf(", lacks %s", countText(p.Missing))
	}
	if p.AsOf != nil && !p.Online {
		text += " (as of " + agoText(p.AsOf, now) + ")"
	}
	return text
}

func (c *card) phones(s *api.Status) {
	c.section("Phones")
	for _, p := range s.Phones {
		c.row("%s  %s, last upload %s", p.Name, plural(p.Items, "item", "items"), agoText(p.LastUpload, c.now))
	}
}

func (c *card) problems(s *api.Status) {
	if s.ProblemCount == 0 {
		return
	}
	c.section("Problems")
	for i, p := range s.Problems {
		if i == maxCardProblems {
			break
		}
		c.row("%s: %s", problemPlace(p), p.Reason)
		if p.Detail != "" {
			c.row("  %s", p.Detail)
		}
		if p.Hint != "" {
			c.row("  %s", p.Hint)
		}
	}
	if rest := s.ProblemCount - min(len(s.Problems), maxCardProblems); rest > 0 {
		c.row("and %s more: homeroll problems list", countText(int64(rest)))
	}
}

// problemPlace names what a problem is about.
func problemPlace(p api.Problem) string {
	switch {
	case p.Path != nil && *p.Path != "":
		return *p.Path
	case p.Hash != nil && *p.Hash != "":
		return "item " + shortHash(*p.Hash)
	default:
		return "this device"
	}
}

func shortHash(hash string) string {
	if len(hash) > 12 {
		return hash[:12] + "…"
	}
	return hash
}

func (c *card) skipped(s *api.Status) {
	if text := skippedText(s.Skipped); text != "" {
		c.section("Not media")
		c.row("%s", text)
	}
}

// skippedText counts what is not backed up, by type: "3 pdf, 1 empty".
func skippedText(skipped []api.Skipped) string {
	var parts []string
	for _, k := range skipped {
		parts = append(parts, countText(k.Files)+" "+k.Type)
	}
	return strings.Join(parts, ", ")
}

func (c *card) addresses(s *api.Status) {
	if s.Address.Web != nil {
		c.section("Page")
		c.row("%s", *s.Address.Web)
	}
}
