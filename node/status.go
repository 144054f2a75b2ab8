package node

import (
	"context"
	"slices"
	"strings"
	"time"

	"homeroll/discovery"
	"homeroll/node/api"
	"homeroll/node/policy"
	"homeroll/store"
	"homeroll/store/media"
	"homeroll/syncproto"
)

// firstProblems is how many problems a status lists.
const firstProblems = 100

// Status computes the status now, from records.
func (n *Node) Status(ctx context.Context) (*api.Status, error) {
	s, err := n.survey(ctx)
	if err != nil {
		return nil, err
	}
	state, reason := policy.Assess(s.facts())
	doc := &api.Status{
		Schema:       api.Schema,
		Device:       s.device(),
		State:        api.State(state),
		Reason:       reason,
		Library:      s.library(),
		Vault:        s.vault(),
		Copies:       api.Copies{Wanted: s.home.Copies, Short: s.counts.Short.Items, Kept: s.counts.Kept.Items, ByHolders: s.counts.ByCopies},
		Incoming:     flow(&s.counts.Incoming, s.in),
		Outgoing:     flow(s.counts.Outgoing, s.out),
		Progress:     s.progress(state),
		Skipped:      skippedDocs(s.skipped),
		ProblemCount: len(s.problems),
		Problems:     problemDocs(s.problems[:min(len(s.problems), firstProblems)]),
		NoteCount:    s.notes,
		Peers:        s.peerDocs(),
		Phones:       []api.Phone{},
		Address:      n.webAddress(),
	}
	doc.Address.Listen = orEmpty(n.host.Addresses())
	return doc, nil
}

// survey is everything that a status is made from, gathered once.
type survey struct {
	node     *Node
	now      time.Time
	home     policy.Home
	tally    store.Tally
	counts   policy.Counts
	members  []discovery.Member
	peers    map[media.Device]syncproto.PeerState // those whose records are followed
	space    store.Space
	folders  []store.Folder
	skipped  []store.Skipped
	problems []store.Problem
	notes    int64
	scan     store.Progress
	proven   int64                   // bytes of items on their way that are here; no part of counts.Incoming
	in, out  int64                   // bytes a second
	pace     struct{ in, out int64 } // to foretell from
}

func (n *Node) survey(ctx context.Context) (*survey, error) {
	s := &survey{node: n, now: time.Now(), members: n.host.Members()}
	// Before the tally, so that a comparison that ends in between has not ended yet: its records may
	// not be in these numbers, and complete would be said too early.
	s.peers = n.peerStates(s.members)
	// Before the tally, too: what becomes held in between is missing for a moment rather than seen twice.
	s.proven = n.transfers.proven()
	var err error
	if s.tally, err = n.store.Tally(ctx); err != nil {
		return nil, err
	}
	if s.space, err = n.store.Space(); err != nil {
		return nil, err
	}
	s.home = homeOf(s.members, s.tally, n.keep(), n.wantedCopies())
	s.counts = policy.Count(rows(s.tally), s.home)
	s.proven = min(s.proven, s.counts.Incoming.Bytes)
	s.counts.Incoming.Bytes -= s.proven
	s.problems = slices.Concat(n.store.Problems(), n.transfers.openProblems(), n.borrower.openProblems())
	// After the problems, since a folder's state comes before the problem that it is.
	s.folders, s.skipped, s.scan = n.store.Folders(), n.store.Skipped(), n.store.Progress()
	if s.notes, err = n.store.CountNotes(ctx); err != nil {
		return nil, err
	}
	s.in, s.out = n.exchange.Rates()
	s.pace.in, s.pace.out = n.exchange.Pace()
	return s, nil
}

func (n *Node) peerStates(members []discovery.Member) map[media.Device]syncproto.PeerState {
	states := map[media.Device]syncproto.PeerState{}
	for _, m := range members {
		if state, ok := n.exchange.Peer(m.Device); ok {
			states[m.Device] = state
		}
	}
	return states
}

// facts are what the state is decided from.
func (s *survey) facts() policy.Facts {
	f := policy.Facts{
		Now:        s.now,
		Starting:   !isClosed(s.node.ready),
		Expelled:   s.node.host.Expelled(),
		Twin:       s.node.twins.alive(s.now),
		Problems:   len(s.problems),
		Counts:     s.counts,
		Copies:     s.home.Copies,
		Groups:     s.home.Groups,
		Unplaced:   s.tally.Unplaced,
		Room:       policy.Room(s.space),
		Scanning:   s.scan.Scanning,
		Files:      s.scan.Files,
		Hashed:     s.scan.Hashed,
		QuietAfter: s.node.cfg.Settings.Quiet.After,
		Since:      s.node.opened,
	}
	paused := s.node.pause.state(s.now)
	f.Paused, f.PausedUntil, f.BySchedule = paused.on, paused.until, paused.bySchedule
	if len(s.problems) > 0 {
		f.FirstProblem = problemSentence(s.problems[0])
	}
	for _, folder := range s.folders {
		if folder.State == store.FolderMissing {
			f.MissingFolders = append(f.MissingFolders, folder.Path)
		}
		if folder.State == store.FolderHalted {
			f.HaltedFolders = append(f.HaltedFolders, policy.Halted{Path: folder.Path, Lost: folder.Lost, Why: folder.Detail})
		}
	}
	f.VaultMoving = s.node.store.VaultBusy()
	for _, m := range s.members {
		if !m.Self {
			f.Others = append(f.Others, s.other(m))
		}
	}
	s.node.transfers.report(&f, s.out > 0)
	return f
}

// report adds what the transfers know.
func (t *transfers) report(f *policy.Facts, sending bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if sending || len(t.flights) > 0 {
		t.moved = f.Now
	}
	f.LastMove, f.Flights, f.Withheld = t.moved, len(t.flights), t.withheld
}

func (s *survey) other(m discovery.Member) policy.Other {
	o := policy.Other{
		Device:   m.Device,
		Name:     m.Name,
		Online:   m.Online,
		LastSeen: m.LastSeen,
		Known:    s.home.Known[m.Device],
		Keep:     s.home.Keep[m.Device],
	}
	if o.LastSeen.IsZero() {
		o.LastSeen = s.tally.AsOf[m.Device] // met by others only
	}
	if state, ok := s.peers[m.Device]; ok {
		o.Synced = state.Synced
		if !o.Known && len(state.Missing) > 0 {
			o.Lacks = strings.Join(state.Missing, "; ")
		}
	}
	return o
}

// nameOf returns the friendly name of a member, or the end of the ID of a device that is none.
func (n *Node) nameOf(d media.Device) string {
	for _, m := range n.host.Members() {
		if m.Device == d {
			return m.Name
		}
	}
	return d.Short()
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}
