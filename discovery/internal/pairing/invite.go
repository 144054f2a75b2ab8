package pairing

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"homeroll/discovery/internal/roster"
	"homeroll/store/media"
)

// InviteConfig is what an Invite needs.
type InviteConfig struct {
	Roster  *roster.Roster
	Version string                       // of the program
	Attempt func(from string, err error) // each failed attempt: its source and why; never concurrently; nil = none
	Code    Code                         // zero = a new one
	Time    time.Duration                // that it is valid for; 0 = WindowTime
}

// Invite is one open pairing window. The host hands it each stream of
// [Protocol].
type Invite struct {
	cfg InviteConfig

	mu      sync.Mutex
	window  *Window
	nextID  int
	gates   map[int]*gate
	granted media.Device // admitted, its Saved not seen yet
	joined  media.Device
	reason  error
	over    chan struct{} // closed with the window; reason and joined are set then

	report sync.Mutex // one Attempt at a time; taken without mu
}

// gate is how the window speaks to an exchange. Err is set before refused is
// closed.
type gate struct {
	conn    Conn
	start   chan struct{}
	refused chan struct{}
	err     error
}

// NewInvite opens a window now. It starts nothing.
func NewInvite(cfg InviteConfig) *Invite {
	if cfg.Code == (Code{}) {
		cfg.Code = NewCode()
	}
	return &Invite{cfg: cfg, window: NewWindow(time.Now(), cmp.Or(cfg.Time, WindowTime)), gates: map[int]*gate{}, over: make(chan struct{})}
}

// Code returns the code to show.
func (i *Invite) Code() Code { return i.cfg.Code }

// Expires returns when the code stops being valid.
func (i *Invite) Expires() time.Time { return i.window.Expires() }

// Wait blocks until a device has joined, the window has ended ([ErrExpired],
// [ErrWindowLocked]) or ctx has. The window is closed when it returns.
func (i *Invite) Wait(ctx context.Context) (roster.Member, error) {
	timer := time.NewTimer(time.Until(i.Expires()))
	defer timer.Stop()
	for {
		select {
		case <-i.over:
			return i.outcome()
		case <-timer.C:
			i.step(Tick{}) // an exchange that has proven the code delays it; its end closes the window
		case <-ctx.Done():
			i.step(Close{})
			<-i.over
			if m, err := i.outcome(); !errors.Is(err, ErrWindowClosed) {
				return m, err // it was over before
			}
			return roster.Member{}, ctx.Err()
		}
	}
}

func (i *Invite) outcome() (roster.Member, error) {
	i.mu.Lock()
	joined, err := i.joined, i.reason
	i.mu.Unlock()
	if err != nil {
		return roster.Member{}, err
	}
	m, ok := i.cfg.Roster.Member(joined)
	if !ok {
		return m, roster.ErrNotMember // removed again meanwhile
	}
	return m, nil
}

// Seen tells that a member has connected: if it is one that was admitted here
// and whose last message was lost, the invitation is complete.
func (i *Invite) Seen(d media.Device) {
	i.mu.Lock()
	if i.granted != d || d == "" {
		i.mu.Unlock()
		return
	}
	i.joined = d
	i.mu.Unlock()
	i.step(Joined{})
}

// arrive gives an exchange its place in the window.
func (i *Invite) arrive(conn Conn, from string, peer media.Device) (int, *gate) {
	i.mu.Lock()
	i.nextID++
	id, g := i.nextID, &gate{conn: conn, start: make(chan struct{}), refused: make(chan struct{})}
	i.gates[id] = g
	i.mu.Unlock()
	i.step(Arrived{id, from, peer})
	return id, g
}

// step feeds the window and carries out what it says.
func (i *Invite) step(event any) {
	for _, r := range i.applied(event) {
		i.report.Lock()
		i.cfg.Attempt(r.From, r.Err)
		i.report.Unlock()
	}
}

func (i *Invite) applied(event any) (reports []Report) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, effect := range i.window.Step(time.Now(), event) {
		switch e := effect.(type) {
		case Start:
			close(i.gates[e.ID].start)
		case Refuse:
			g := i.gates[e.ID]
			g.err = e.Err
			close(g.refused)
			_ = g.conn.SetDeadline(time.Unix(1, 0)) // whatever it waits for, it waits no more
		case Report:
			if i.cfg.Attempt != nil {
				reports = append(reports, e)
			}
		case Closed:
			i.reason = e.Err
			close(i.over)
		}
	}
	if e, ok := event.(Ended); ok {
		delete(i.gates, e.ID)
	}
	return reports
}

// end takes an exchange out of the window.
func (i *Invite) end(id int, joined media.Device, err error) {
	if err == nil {
		i.mu.Lock()
		i.joined = joined
		i.mu.Unlock()
	}
	i.step(Ended{ID: id, Err: err, Harmless: errors.As(err, new(harmless))})
}

// harmless is an error that ended an exchange before it tested a code.
type harmless struct{ error }

func (h harmless) Unwrap() error { return h.error }
