package ui

import (
	"strconv"
	"strings"
	"time"

	"homeroll/node/api"
)

// Status says a status in a person's words. The templates of parts/status.html
// draw it; it is rendered anew at each change.
type Status struct {
	*api.Status
	Now  time.Time
	Open bool // the page is served to other devices without TLS
	say  *Speaker
}

// NewStatus says a status in the language of s.
func (s *Speaker) NewStatus(doc *api.Status, now time.Time) *Status {
	return &Status{Status: doc, Now: now, say: s}
}

// Alone reports whether this device has no other one to back up to.
func (s *Status) Alone() bool { return len(s.Peers) == 0 }

// Off reports whether there is no backup, because nothing is there to make it.
func (s *Status) Off() bool { return s.Alone() && s.State == api.StateWaiting }

// Paused reports whether photos rest.
func (s *Status) Paused() bool { return s.State == api.StatePaused }

// Attends reports whether a person must do something.
func (s *Status) Attends() bool { return s.State == api.StateAttention }

// Tone is how the state looks: good, busy, wait, bad or quiet.
func (s *Status) Tone() string {
	switch s.State {
	case api.StateComplete:
		return "good"
	case api.StateBackingUp, api.StateScanning:
		return "busy"
	case api.StateAttention:
		return "bad"
	case api.StateWaiting:
		return "wait"
	}
	return "quiet"
}

// Icon is the name of the state's icon.
func (s *Status) Icon() string {
	switch s.State {
	case api.StateComplete:
		return "status"
	case api.StateBackingUp:
		return "refresh"
	case api.StateScanning:
		return "similar"
	case api.StateAttention:
		return "warning"
	case api.StatePaused:
		return "pause"
	case api.StateWaiting:
		if s.Off() {
			return "offline"
		}
		return "clock"
	}
	return "loader"
}

// Headline is the state in a few words.
func (s *Status) Headline() string {
	switch s.State {
	case api.StateComplete:
		if s.Device.Held == 0 {
			return s.say.say("state.complete-empty")
		}
		return s.say.say("state.complete")
	case api.StateBackingUp:
		if s.Progress.Total > s.Progress.Done {
			return s.say.say("state.backing-up", "n", s.Progress.Total, "done", s.Progress.Done)
		}
		return s.say.say("state.backing-up-plain")
	case api.StateScanning:
		if s.Progress.Total > s.Progress.Done {
			return s.say.say("state.reading", "n", s.Progress.Total, "done", s.Progress.Done)
		}
		return s.say.say("state.scanning")
	case api.StateAttention:
		return s.say.say("state.attention", "n", max(s.attentions(), 1))
	case api.StatePaused:
		return s.say.say("state.paused")
	case api.StateWaiting:
		return s.waiting()
	}
	return s.say.say("state.starting")
}

// attentions counts what a person is asked about.
func (s *Status) attentions() int64 {
	n := int64(s.ProblemCount)
	for _, f := range s.Library.Folders {
		if f.State == "missing" {
			n++
		}
	}
	return n
}

// waiting names the one device that is away, if that is what is waited for.
func (s *Status) waiting() string {
	if s.Off() {
		return s.say.say("state.off")
	}
	switch away := s.away(); len(away) {
	case 0:
		return s.say.say("state.waiting")
	case 1:
		return s.say.say("state.waiting-for", "name", away[0].Name)
	default:
		return s.say.say("state.waiting-for-several", "n", int64(len(away)))
	}
}

// away are the devices that are not there while something is to be fetched or
// sent.
func (s *Status) away() []api.Peer {
	if s.Copies.Short == 0 && !moving(s.Incoming) {
		return nil
	}
	var away []api.Peer
	for _, p := range s.Peers {
		if !p.Online {
			away = append(away, p)
		}
	}
	return away
}

func moving(f api.Flow) bool { return f.Items != nil && *f.Items > 0 }

// Detail says more of the state in a sentence; "" where there is no more to say.
func (s *Status) Detail() string {
	switch {
	case s.Off() && s.Device.Held == 0:
		return s.say.say("detail.off-empty")
	case s.Off():
		return s.say.say("detail.off", "n", s.Device.Held)
	case s.State == api.StateComplete && s.Reason == "":
		return s.Safety()
	case s.State == api.StateAttention:
		return s.say.say("detail.attention")
	case s.State == api.StateStarting:
		return s.say.say("detail.starting")
	case s.State == api.StateScanning:
		return s.say.say("detail.scanning")
	case s.State == api.StateBackingUp:
		return s.flows()
	case s.State == api.StateWaiting && s.tooFew():
		return s.say.say("detail.too-few", "n", int64(s.Copies.Wanted), "devices", int64(len(s.Peers)+1))
	case s.State == api.StateWaiting && len(s.away()) > 0:
		return s.missed()
	}
	return s.reason()
}

// tooFew reports whether the home has fewer devices than copies are wanted.
func (s *Status) tooFew() bool { return s.Copies.Short > 0 && len(s.Peers)+1 < s.Copies.Wanted }

// missed says since when the devices that are waited for have been away.
func (s *Status) missed() string {
	var parts []string
	for _, p := range s.away() {
		seen := s.say.say("device.never-seen")
		if p.LastSeen != nil {
			seen = s.say.say("device.seen", "time", s.say.Ago(p.LastSeen, s.Now))
		}
		if len(s.away()) > 1 {
			seen = p.Name + ": " + seen
		}
		parts = append(parts, seen)
	}
	return strings.Join(parts, " · ")
}

// Foreign is the language of Detail where it is not the page's: the node's own
// sentences are English.
func (s *Status) Foreign() string {
	if s.say.Language != "en" && s.Reason != "" && s.Detail() == s.Reason {
		return "en"
	}
	return ""
}

// flows says what travels, and how fast.
func (s *Status) flows() string {
	var parts []string
	for _, f := range []struct {
		key  string
		flow api.Flow
	}{{"detail.incoming", s.Incoming}, {"detail.outgoing", s.Outgoing}} {
		if !moving(f.flow) {
			continue
		}
		text := s.say.say(f.key, "n", *f.flow.Items)
		if f.flow.BytesPerSecond > 0 {
			text += " (" + s.say.say("detail.rate", "size", s.say.Bytes(f.flow.BytesPerSecond)) + ")"
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return s.reason()
	}
	return strings.Join(parts, " · ")
}

// Working reports whether there is a progress to show.
func (s *Status) Working() bool {
	return s.State == api.StateBackingUp || s.State == api.StateScanning || s.State == api.StateStarting
}

// Part and Whole measure the progress: bytes where they are known, for they
// tell more; Whole is 0 where nothing is known.
func (s *Status) Part() int64 {
	if s.byBytes() {
		return *s.Progress.BytesDone
	}
	return s.Progress.Done
}

// Whole is what Part grows to.
func (s *Status) Whole() int64 {
	if s.byBytes() {
		return *s.Progress.BytesTotal
	}
	return s.Progress.Total
}

func (s *Status) byBytes() bool {
	p := s.Progress
	return p.BytesDone != nil && p.BytesTotal != nil && *p.BytesTotal > 0
}

// Left says how long the present work still takes, "" if nobody knows.
func (s *Status) Left() string {
	if !s.Working() || s.Progress.ETASeconds == nil {
		return ""
	}
	return s.say.say("progress.left", "time", s.say.Duration(time.Duration(*s.Progress.ETASeconds)*time.Second))
}

// Short says the most of devices, copies and space in a few words each.
func (s *Status) Short() []Fact {
	var facts []Fact
	if !s.Alone() {
		online := int64(0)
		for _, p := range s.Peers {
			if p.Online {
				online++
			}
		}
		facts = append(facts, Fact{"devices", s.say.say("card.devices", "online", online+1, "n", int64(len(s.Peers)+1))})
	}
	if text := s.Safety(); text != "" && s.State != api.StateComplete && !s.Alone() {
		facts = append(facts, Fact{"copies", text})
	}
	if s.Vault.Free != nil {
		facts = append(facts, Fact{"disk", s.say.say("card.free", "size", s.say.Bytes(*s.Vault.Free))})
	}
	return facts
}

// Fact is a short saying with an icon.
type Fact struct{ Icon, Text string }

// ShortID is the end of this device's ID, which tells it from others.
func (s *Status) ShortID() string { return shortID(s.Device.ID) }

func shortID(id string) string {
	if len(id) > 8 {
		return "…" + id[len(id)-8:]
	}
	return id
}

// percent is a hundredth part, for those who cannot see a bar.
func percent(part, whole int64) string {
	if whole <= 0 {
		return ""
	}
	return strconv.FormatInt(min(100, part*100/whole), 10) + "%"
}

// Percent says how much of the present work is done.
func (s *Status) Percent() string { return percent(s.Part(), s.Whole()) }

// reason is the node's own sentence.
func (s *Status) reason() string { return s.Reason }

// Language is that in which the status is said.
func (s *Status) Language() string { return s.say.Language }
