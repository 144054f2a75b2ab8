package policy

import (
	"fmt"
	"slices"
	"strings"

	"homeroll/store/media"
)

// Assess decides the state of a node and says why in a sentence, "" when
// there is nothing to say.
func Assess(f Facts) (State, string) {
	if f.Starting {
		return Starting, "Starting"
	}
	if f.Paused {
		return Paused, f.pausedReason()
	}
	if reason := f.attentionReason(); reason != "" {
		return Attention, reason
	}
	if reason := f.backingUpReason(); reason != "" {
		return BackingUp, reason
	}
	if f.Scanning {
		return Scanning, f.scanningReason()
	}
	if reason := f.waitingReason(); reason != "" {
		return Waiting, reason
	}
	return Complete, f.completeNote()
}

func (f *Facts) pausedReason() string {
	if f.BySchedule {
		return f.scheduledReason()
	}
	if f.PausedUntil.IsZero() {
		return `Paused until "homeroll resume"`
	}
	return "Paused until " + clock(f.PausedUntil, f.Now)
}

func (f *Facts) scheduledReason() string {
	if f.PausedUntil.IsZero() {
		return "Paused by the schedule, which never lets photos travel: change schedule.media or schedule.quiet"
	}
	return "Paused until " + clock(f.PausedUntil, f.Now) + " by the schedule"
}

func (f *Facts) scanningReason() string {
	if f.Files == 0 {
		return "Looking for new files"
	}
	return fmt.Sprintf("Reading new files: %s of %s", count(f.Hashed), count(f.Files))
}

func (f *Facts) attentionReason() string {
	switch {
	case f.Twin:
		return "Another computer runs with this device's identity, as after copying its state directory: " +
			"stop one of the two, and start it with a new state directory"
	case len(f.MissingFolders) == 1:
		return fmt.Sprintf("The folder %s cannot be found or read: connect its disk, or run: homeroll folders remove %[1]s", f.MissingFolders[0])
	case len(f.MissingFolders) > 1:
		return fmt.Sprintf("%d folders cannot be found or read, the first is %s", len(f.MissingFolders), f.MissingFolders[0])
	case len(f.HaltedFolders) > 0:
		h := f.HaltedFolders[0]
		return fmt.Sprintf("The folder %s is halted: %s; if its files were deleted on purpose, run: homeroll folders confirm %[1]s", h.Path, h.Why)
	case f.Problems == 1:
		return "1 problem: " + f.FirstProblem
	case f.Problems > 1:
		return fmt.Sprintf("%s problems, the first: %s; see homeroll problems", count(int64(f.Problems)), f.FirstProblem)
	}
	return ""
}

func (f *Facts) backingUpReason() string {
	var doing []string
	if f.Flights > 0 {
		doing = append(doing, "fetching "+photos(f.Counts.Incoming))
	}
	if out := f.sending(); out.Items > 0 {
		doing = append(doing, "sending "+photos(out))
	}
	if len(doing) == 0 && f.Unplaced > 0 {
		doing = append(doing, fmt.Sprintf("giving %s their names in the vault", photos(Amount{Items: f.Unplaced})))
	}
	return sentence(strings.Join(doing, ", "))
}

// waitingReason returns "" if nothing keeps this device from being complete.
func (f *Facts) waitingReason() string {
	if f.VaultMoving {
		return "The vault is being moved; what is to be fetched waits"
	}
	if len(f.Others) == 0 && f.Expelled {
		return "Another device removed this one from its home: run homeroll pair to enter one"
	}
	if len(f.Others) == 0 {
		return "No other device yet: run homeroll pair"
	}
	for _, reason := range []func() string{
		f.noRoom, f.tooFewDisks, f.absentPeers, f.unreadRecords, f.idlePeers, f.ownBackOff, f.quietPeers, f.justStarted,
	} {
		if s := reason(); s != "" {
			return s
		}
	}
	if f.Counts.Short.Items > 0 {
		return fmt.Sprintf("%s %s fewer than %d copies", photos(f.Counts.Short), have(f.Counts.Short), f.Copies)
	}
	return ""
}

// tooFewDisks: the home as it is cannot reach the wanted copies.
func (f *Facts) tooFewDisks() string {
	if f.Counts.Short.Items == 0 {
		return ""
	}
	if f.Groups.Len() < f.Copies {
		if shared := f.Groups.Shared(); len(shared) > 0 {
			return "These devices share one disk, so their copies count once: " + f.list(shared[0])
		}
		return fmt.Sprintf("%d copies are wanted and the home has only %d devices: pair another one", f.Copies, f.Groups.Len())
	}
	keeps := func(o Other) bool { return o.Keep != KeepNothing }
	if !slices.ContainsFunc(f.Others, keeps) {
		return "No other device keeps copies of this one's photos: set device.keep to originals on one of them"
	}
	return ""
}

func (f *Facts) noRoom() string {
	if over := f.Withheld[DiskFull]; over.Items > 0 {
		return fmt.Sprintf("The disk of the vault has %s free and %s is kept free, so %s cannot be fetched: free some space",
			size(f.Room.Free), size(f.Room.Reserve), photos(over))
	}
	if over := f.Withheld[BudgetFull]; over.Items > 0 && f.Counts.Short.Items > 0 {
		return fmt.Sprintf("The vault is full: %s %s not fit its budget of %s; raise vault.budget", photos(over), do(over), size(f.Room.Budget))
	}
	return ""
}

// absentPeers: what is missing can only come from, or go to, devices that are
// not connected.
func (f *Facts) absentPeers() string {
	nothingLeft := f.Counts.Short.Items == 0 && f.leftToFetch().Items == 0
	absent := f.others(func(o Other) bool {
		c := f.Counts.Peers[o.Device]
		gives := c.Held.Items > 0 && f.leftToFetch().Items > 0
		takes := c.Missing.Items > 0 && f.Counts.Short.Items > 0
		return !o.Online && (!o.Known || !nothingLeft && (gives || takes))
	})
	if len(absent) == 0 {
		return ""
	}
	slices.SortStableFunc(absent, func(a, b Other) int { return b.LastSeen.Compare(a.LastSeen) })
	first := absent[0]
	s := "Waiting for " + first.Name
	switch n := len(absent) - 1; {
	case n == 1:
		s += " and 1 other device"
	case n > 1:
		s += fmt.Sprintf(" and %d other devices", n)
	}
	if first.LastSeen.IsZero() {
		return s + ", not seen yet"
	}
	return s + ", last seen " + ago(f.Now.Sub(first.LastSeen))
}

// justStarted: devices that may have news have had no time to connect.
func (f *Facts) justStarted() string {
	absent := f.others(func(o Other) bool { return !o.Online && o.LastSeen.Before(f.Since) })
	if len(absent) == 0 || f.Now.Sub(f.Since) >= looking {
		return ""
	}
	return "Looking for " + absent[0].Name
}

// unreadRecords: a connected device's records are not known as they are now.
func (f *Facts) unreadRecords() string {
	for _, o := range f.Others {
		if !o.Online || o.Known && o.Synced {
			continue
		}
		if o.Lacks != "" {
			return fmt.Sprintf("The records of %s cannot be read: %s", o.Name, o.Lacks)
		}
		return "Comparing records with " + o.Name
	}
	return ""
}

// idlePeers: connected devices lack something and do not fetch it.
func (f *Facts) idlePeers() string {
	if f.Counts.Short.Items == 0 {
		return ""
	}
	for _, o := range f.Others {
		if lacking := f.Counts.Peers[o.Device].Ours; o.Online && lacking.Items > 0 {
			return fmt.Sprintf("%s lacks %s and does not fetch them now: run homeroll status there", o.Name, photos(lacking))
		}
	}
	return ""
}

func (f *Facts) ownBackOff() string {
	if left := f.leftToFetch(); left.Items > 0 {
		return fmt.Sprintf("%s could not be fetched just now and will be tried again", photos(left))
	}
	return ""
}

func (f *Facts) quietPeers() string {
	silent := f.silent()
	if len(silent) == 0 {
		return ""
	}
	o := silent[0]
	if o.LastSeen.IsZero() {
		return fmt.Sprintf("%s holds copies that count and has never been seen from here: start homeroll there", o.Name)
	}
	return fmt.Sprintf("%s holds copies that count and was last seen %s: start homeroll there", o.Name, ago(f.Now.Sub(o.LastSeen)))
}

func (f *Facts) completeNote() string {
	over := f.Withheld[BudgetFull]
	if over.Items == 0 {
		return ""
	}
	return fmt.Sprintf("%s, safe on other devices, %s not fit the budget of this vault", photos(over), do(over))
}

func (f *Facts) list(ds []media.Device) string {
	names := make([]string, len(ds))
	for i, d := range ds {
		names[i] = f.nameOf(d)
	}
	slices.Sort(names)
	if len(names) == 1 {
		return names[0]
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
