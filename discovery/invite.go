package discovery

import (
	"context"
	"time"

	"homeroll/discovery/internal/pairing"
	"homeroll/store/media"
)

// InviteUI is how Invite talks to people. Its functions are not called
// concurrently.
type InviteUI struct {
	Show    func(code string, expires time.Time)
	Attempt func(from, what string) // a failed attempt: where it came from, and what happened
}

// windowGrace is how long strangers may still read an answer when a window closes.
const windowGrace = time.Second

// Invite opens a pairing window, calls ui.Show with the code, and waits for one
// device to join, for the window to expire (ErrExpired), or to be locked
// (ErrWindowLocked). There is one window at a time (ErrWindowOpen).
func (h *Host) Invite(ctx context.Context, ui InviteUI) (Member, error) {
	window, err := h.openWindow(ui)
	if err != nil {
		return Member{}, err
	}
	defer h.closeWindow()
	h.announce()
	if ui.Show != nil {
		ui.Show(window.Code().String(), window.Expires())
	}
	ctx, cancel := h.whileRunning(ctx)
	defer cancel()
	m, err := window.Wait(ctx)
	if err != nil {
		return Member{}, err
	}
	h.applyRoster()
	h.awaitFirst(ctx, m.Device)
	return h.describe(m), nil
}

// firstWait is how long Invite waits for the device that joined to be
// connected as a member, so that what it returns says online.
const firstWait = 3 * time.Second

func (h *Host) awaitFirst(ctx context.Context, d media.Device) {
	ctx, cancel := context.WithTimeout(ctx, firstWait)
	defer cancel()
	_ = h.awaitLive(ctx, d) // it will be later, then
}

func (h *Host) openWindow(ui InviteUI) (*pairing.Invite, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.run == nil || h.run.Err() != nil {
		return nil, ErrNotRunning
	}
	if h.invite != nil {
		return nil, ErrWindowOpen
	}
	h.invite = pairing.NewInvite(pairing.InviteConfig{
		Roster:  h.roster,
		Version: h.cfg.Version,
		Time:    h.windowTime,
		Attempt: func(from string, err error) {
			if ui.Attempt != nil {
				ui.Attempt(from, err.Error())
			}
		},
	})
	return h.invite, nil
}

// closeWindow ends the window and the connections of those who came for it.
func (h *Host) closeWindow() {
	h.mu.Lock()
	h.invite = nil
	h.mu.Unlock()
	h.announce()
	for _, s := range h.all(func(s *session) bool { return !h.isMember(s.conn.Peer()) && !s.conn.Dialed() }) {
		s.closeSoon(windowGrace, errWindow)
	}
}

// whileRunning ends ctx with the host's Run, too.
func (h *Host) whileRunning(ctx context.Context) (context.Context, context.CancelFunc) {
	h.mu.Lock()
	run := h.run
	h.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	if run == nil {
		return ctx, cancel
	}
	stop := context.AfterFunc(run, cancel)
	return ctx, func() { stop(); cancel() }
}
