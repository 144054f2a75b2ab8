package ui

import (
	"cmp"
	"encoding/base64"
	"path"
	"slices"
	"strings"
	"time"

	"homeroll/node/api"
)

// Device is a device of the home as the page lists it.
type Device struct {
	ID      string
	Name    string
	Self    bool
	Online  bool
	Tone    string
	Seen    string     // online, last seen 3 hours ago
	At      *time.Time // when it was seen last, if it is not online
	Holds   string     // 340 photos, 12 still to come
	Address string
	Lacks   string
}

// Devices are this one and the others, those that are online first.
func (s *Status) Devices() []Device {
	all := []Device{{
		ID: s.Device.ID, Name: s.Device.Name, Self: true, Online: true, Tone: "good",
		Seen: s.say.say("device.this"), Holds: s.say.say("device.holds", "n", s.Device.Held),
	}}
	for _, p := range s.Peers {
		all = append(all, s.peer(p))
	}
	others := all[1:]
	slices.SortStableFunc(others, func(a, b Device) int {
		if a.Online != b.Online {
			return map[bool]int{true: -1, false: 1}[a.Online]
		}
		return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return all
}

func (s *Status) peer(p api.Peer) Device {
	d := Device{ID: p.ID, Name: p.Name, Online: p.Online, Tone: "quiet", Seen: s.say.say("device.never-seen"), Lacks: strings.Join(p.Lacks, ", ")}
	switch {
	case p.Online:
		d.Tone, d.Seen = "good", s.say.say("device.online")
		if p.Address != nil {
			d.Address = *p.Address
		}
	case p.LastSeen != nil:
		d.At, d.Seen = p.LastSeen, s.say.say("device.seen", "time", s.say.Ago(p.LastSeen, s.Now))
	}
	d.Holds = s.say.say("device.holds", "n", p.Held)
	if p.Missing > 0 {
		d.Holds += " · " + s.say.say("device.missing", "n", p.Missing)
	}
	return d
}

// Folder is a watched folder as the page lists it.
type Folder struct {
	api.Folder
	Tone   string
	Says   string // what it is doing, or what is the matter
	Holds  string
	Halted bool
	Gone   bool
}

// Folders are the watched ones, those with something the matter first.
func (s *Status) Folders() []Folder {
	var all []Folder
	for _, f := range s.Library.Folders {
		row := Folder{Folder: f, Tone: "good", Holds: s.say.say("folder.holds", "n", f.Items, "size", s.say.Bytes(f.Bytes))}
		switch f.State {
		case "halted":
			row.Tone, row.Halted, row.Says = "bad", true, s.say.say("folder.halted")
		case "missing":
			row.Tone, row.Gone, row.Says = "bad", true, s.say.say("folder.missing")
		case "scanning":
			row.Tone, row.Says = "busy", s.say.say("folder.scanning")
		case "polling":
			row.Says = s.say.say("folder.polling")
		default:
			row.Says = s.say.say("folder.watching")
		}
		all = append(all, row)
	}
	slices.SortStableFunc(all, func(a, b Folder) int { return rank(a) - rank(b) })
	return all
}

func rank(f Folder) int {
	if f.Halted || f.Gone {
		return 0
	}
	return 1
}

// Stuck is a problem as the page lists it.
type Stuck struct {
	api.Problem
	Name  string // of the file
	Where string // its directory
	What  string // what is the matter, in words
	Since string
	Raw   string // base64 of a path that is no UTF-8
	Retry bool
	Lost  int64 // files of a halted folder
}

// Stucks are the problems that the status lists.
func (s *Status) Stucks() []Stuck {
	var all []Stuck
	for _, p := range s.Problems {
		row := s.say.stuck(p, s.Now)
		for _, f := range s.Library.Folders {
			if p.Reason == "halted" && p.Path != nil && *p.Path == f.Path {
				row.Lost = f.Lost
			}
		}
		all = append(all, row)
	}
	return all
}

// Retriable reports whether to try again may help any of them.
func (s *Status) Retriable() bool {
	return s.More() > 0 || slices.ContainsFunc(s.Stucks(), func(p Stuck) bool { return p.Retry })
}

// More counts the problems that are not listed.
func (s *Status) More() int { return s.ProblemCount - len(s.Problems) }

func (s *Speaker) stuck(p api.Problem, now time.Time) Stuck {
	row := Stuck{Problem: p, What: p.Reason, Since: s.Ago(&p.Since, now), Retry: p.Reason != "halted"}
	if _, known := s.texts["problem."+p.Reason]; known {
		row.What = s.say("problem." + p.Reason)
	}
	switch {
	case p.Path != nil && *p.Path != "":
		slashes := strings.ReplaceAll(*p.Path, `\`, "/")
		row.Name, row.Where = path.Base(slashes), strings.TrimSuffix(path.Dir(slashes), "/")
	case p.Hash != nil && len(*p.Hash) > 12:
		row.Name = s.say("problem.item", "hash", (*p.Hash)[:12])
	default:
		row.Name = s.say("device.this")
	}
	row.Hint = sentence(row.Hint)
	if p.PathBase64 != nil {
		row.Raw = base64.StdEncoding.EncodeToString(p.PathBase64)
	}
	return row
}

// Room is how full the vault is: of its budget if it has one, or else of what
// the disk has left for it.
func (s *Status) Room() (used, whole int64) {
	v := s.Vault
	if v.Budget != nil {
		return v.Bytes, *v.Budget
	}
	if v.Free == nil {
		return 0, 0
	}
	left := *v.Free
	if v.Reserve != nil {
		left = max(0, left-*v.Reserve)
	}
	return v.Bytes, v.Bytes + left
}

// Used and Space are the two numbers of Room.
func (s *Status) Used() int64 { used, _ := s.Room(); return used }

// Space is how much the vault may grow to.
func (s *Status) Space() int64 { _, whole := s.Room(); return whole }

// Vaulted says what is in the vault.
func (s *Status) Vaulted() string {
	return s.say.say("folder.holds", "n", s.Vault.Items, "size", s.say.Bytes(s.Vault.Bytes))
}

// ProblemText is how many problems there are.
func (s *Status) ProblemText() string { return s.say.Count(int64(s.ProblemCount)) }

// SkippedText says which types are not backed up: 3 PDF, 1 without content.
func (s *Status) SkippedText() string {
	var parts []string
	for _, k := range s.Skipped {
		parts = append(parts, s.SkippedOf(k.Type, k.Files))
	}
	return strings.Join(parts, ", ")
}

// SkippedOf says it of one type.
func (s *Status) SkippedOf(kind string, files int64) string {
	if _, known := s.say.texts["skipped."+kind]; known {
		return s.say.say("skipped."+kind, "n", files)
	}
	return s.say.say("skipped.of", "n", files, "type", strings.ToUpper(kind))
}

// Uploaded says what a phone has sent.
func (s *Status) Uploaded(p api.Phone) string {
	return s.say.say("device.holds", "n", p.Items) + " · " + s.say.Ago(p.LastUpload, s.Now)
}
