package node

import (
	"cmp"
	"slices"
	"time"

	"homeroll/discovery"
	"homeroll/node/api"
	"homeroll/node/policy"
	"homeroll/store"
)

func (s *survey) device() api.Device {
	d := api.Device{Version: s.node.cfg.Version, Role: string(s.node.keep()), Held: s.heldHere().Items}
	for _, m := range s.members {
		if m.Self {
			d.ID, d.Name = string(m.Device), m.Name
		}
	}
	return d
}

func (s *survey) library() api.Library {
	lib := api.Library{Items: s.tally.Library.Items, Bytes: s.tally.Library.Bytes, Folders: []api.Folder{}}
	for _, f := range s.folders {
		lib.Folders = append(lib.Folders, api.Folder{
			Path: f.Path, PathBase64: api.RawPath(f.Path), Label: f.Label, Items: f.Items, Files: f.Files, Bytes: f.Bytes,
			State: string(f.State), Lost: f.Lost, Detail: f.Detail, Ignore: f.Ignore,
		})
	}
	return lib
}

func (s *survey) vault() api.Vault {
	v := api.Vault{
		Path: s.node.vaultDir(), PathBase64: api.RawPath(s.node.vaultDir()),
		Items: s.tally.Vault.Items, Bytes: s.tally.Vault.Bytes, Away: s.node.store.VaultAway(),
		Reserve: &s.space.Reserve,
	}
	if s.space.Free >= 0 {
		v.Free = &s.space.Free
	}
	if s.space.Budget > 0 {
		v.Budget = &s.space.Budget
	}
	return v
}

func flow(a *policy.Amount, rate int64) api.Flow {
	if a == nil {
		return api.Flow{BytesPerSecond: rate}
	}
	return api.Flow{Items: &a.Items, Bytes: &a.Bytes, BytesPerSecond: rate}
}

// progress says how far the present work has come: the scan in files, anything
// else in items of the home.
func (s *survey) progress(state policy.State) api.Progress {
	if state == policy.Scanning {
		return progressOf(policy.Amount{Items: s.scan.Hashed, Bytes: s.scan.BytesDone}, policy.Amount{Items: s.scan.Files, Bytes: s.scan.Bytes})
	}
	all, short, in := s.counts.All, s.counts.Short, s.counts.Incoming
	if in.Items > 0 {
		done := s.heldHere()
		done.Bytes += s.proven
		total := policy.Amount{Items: done.Items + in.Items, Bytes: done.Bytes + in.Bytes}
		return s.within(progressOf(done, total), in.Bytes, s.pace.in)
	}
	var out int64
	if s.counts.Outgoing != nil {
		out = s.counts.Outgoing.Bytes
	}
	return s.within(progressOf(policy.Amount{Items: all.Items - short.Items, Bytes: all.Bytes - short.Bytes}, all), out, s.pace.out)
}

// heldHere counts the items that this device holds.
func (s *survey) heldHere() (held policy.Amount) {
	for _, row := range s.tally.Rows {
		if slices.Contains(row.Holders, s.home.Self) {
			held.Items += row.Items
			held.Bytes += row.Bytes
		}
	}
	return held
}

func progressOf(done, total policy.Amount) api.Progress {
	return api.Progress{Done: done.Items, Total: total.Items, BytesDone: &done.Bytes, BytesTotal: &total.Bytes}
}

// within adds how long the bytes that are left take at a pace, the times
// included in which the schedule lets nothing travel. That is unknown while
// nothing moves.
func (s *survey) within(p api.Progress, left, pace int64) api.Progress {
	if s.node.pause.state(s.now).on {
		return p
	}
	p.ETASeconds = remaining(s.node.pause.schedule, s.now, left, pace)
	return p
}

// farthest is how far ahead a time is foretold.
const farthest = 365 * 24 * time.Hour

// remaining returns seconds, nil if it is unknown.
func remaining(schedule policy.Schedule, now time.Time, left, pace int64) *int64 {
	if left <= 0 || pace <= 0 || left/pace > int64(farthest/time.Second) {
		return nil
	}
	work := time.Duration((left+pace-1)/pace) * time.Second
	end := schedule.After(now.Local(), work)
	if end.IsZero() {
		return nil
	}
	seconds := int64((end.Sub(now) + time.Second - 1) / time.Second)
	return &seconds
}

func (s *survey) peerDocs() []api.Peer {
	peers := []api.Peer{}
	for _, m := range s.members {
		if !m.Self {
			peers = append(peers, s.peer(m))
		}
	}
	return peers
}

func (s *survey) peer(m discovery.Member) api.Peer {
	counts, profile := s.counts.Peers[m.Device], s.tally.Profiles[m.Device]
	p := api.Peer{
		ID: string(m.Device), Name: m.Name, Role: api.Role(profile.Role), Online: m.Online, Version: profile.Version,
		Held: counts.Held.Items, Missing: counts.Missing.Items,
		LastSeen: timeOrNil(m.LastSeen), AsOf: timeOrNil(s.tally.AsOf[m.Device]),
	}
	if m.Address != "" {
		p.Address = &m.Address
	}
	if state, ok := s.peers[m.Device]; ok {
		p.Version, p.Lacks = cmp.Or(state.Version, p.Version), state.Missing
	}
	return p
}

func problemDocs(problems []store.Problem) []api.Problem {
	docs := []api.Problem{}
	for _, p := range problems {
		doc := api.Problem{Reason: p.Reason, Detail: p.Detail, Hint: p.Hint, Since: p.Since.UTC(), Attempts: p.Attempts, Note: p.Note}
		if p.Path != "" {
			doc.Path, doc.PathBase64 = &p.Path, api.RawPath(p.Path)
		}
		if !p.Item.IsZero() {
			hash := p.Item.String()
			doc.Hash = &hash
		}
		docs = append(docs, doc)
	}
	return docs
}

// problemSentence names the thing and what is wrong with it.
func problemSentence(p store.Problem) string {
	what := p.Path
	if what == "" {
		what = "photo " + p.Item.String()[:12]
	}
	return what + ": " + cmp.Or(p.Detail, p.Reason)
}

func skippedDocs(skipped []store.Skipped) []api.Skipped {
	docs := []api.Skipped{}
	for _, s := range skipped {
		docs = append(docs, api.Skipped{Type: s.Type, Files: s.Files, Paths: s.Paths, PathsBase64: api.RawPaths(s.Paths)})
	}
	return docs
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
