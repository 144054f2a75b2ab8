package pairing

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"homeroll/store/media"
)

// Limits of one window.
const (
	MaxFailures        = 30 // of a window, then it is locked
	MaxAddressFailures = 3  // of one address or device, then that is locked out
	maxWaiting         = 8  // exchanges that wait or run
	maxAddressWaiting  = 2  // of them from one address
	maxReports         = 60 // of failed attempts: what costs no attempt must not flood a terminal
)

// Window decides who may try a code, and when it is over. It is pure: events
// go in with the time, effects come out, and the caller carries them out in
// order. Exchanges run singly. An attempt is debited when its exchange starts,
// before this side sends anything that depends on the code, so that aborting,
// in whatever parallel, saves an attacker nothing; it is given back if the
// exchange ended in a way that tested no code.
//
//	state      event                      next
//	queued     Ready, none runs           running   (debited)
//	queued     Ready, another runs        waiting
//	waiting    the other one ended        running   (debited)
//	running    Confirmed                  confirmed (given back)
//	running    Confirmed, expired         refused
//	any        Ended                      gone
//
//	open       30 debits                  closed: ErrWindowLocked
//	open       Tick at the expiry         closed: ErrExpired, once nothing is confirmed
//	open       Ended without error        closed: joined
//	open       Joined                     closed: joined
//	open       Close                      closed: ErrWindowClosed
type Window struct {
	expires   time.Time
	closed    bool
	reason    error // why it is closed; nil: a device joined
	failures  map[string]int
	total     int
	reports   int
	exchanges map[int]*exchange
	waiting   []int // in order of Ready
}

type exchange struct {
	from  string
	peer  media.Device
	state state
}

// sources are what an exchange's failure counts against.
func (x *exchange) sources() [2]string { return [2]string{x.from, string(x.peer)} }

type state int

const (
	queued    state = iota // has a place, says hello
	waiting                // has said hello
	running                // debited
	confirmed              // has proven the code
)

// The events of a window. An exchange has an ID of its caller's choosing.
type (
	// Arrived tells of a device that has come to pair.
	Arrived struct {
		ID   int
		From string // IP address
		// Peer is who comes from there. One device may have several addresses,
		// so it is locked out by what it is, too.
		Peer media.Device
	}
	// Ready tells that its hello has come.
	Ready struct{ ID int }
	// Confirmed tells that it has proven the code.
	Confirmed struct{ ID int }
	// Ended tells why an exchange is over; nil: a device joined. Harmless: it
	// ended before it tested a code.
	Ended struct {
		ID       int
		Err      error
		Harmless bool
	}
	// Joined tells that a device turned out to have joined before.
	Joined struct{}
	// Tick tells that time has passed.
	Tick struct{}
	// Close tells that the person closes the window.
	Close struct{}
)

// The effects of a window.
type (
	// Refuse ends an exchange; the error is for the peer, too.
	Refuse struct {
		ID  int
		Err error
	}
	// Start lets an exchange go on after its hello.
	Start struct{ ID int }
	// Report tells the person about a failed attempt.
	Report struct {
		From string
		Err  error
	}
	// Closed is the last effect; nil: a device joined.
	Closed struct{ Err error }
)

// NewWindow opens a window for a time.
func NewWindow(now time.Time, valid time.Duration) *Window {
	return &Window{expires: now.Add(valid), failures: map[string]int{}, exchanges: map[int]*exchange{}}
}

// Expires returns when a Tick is due.
func (w *Window) Expires() time.Time { return w.expires }

// Step takes one event.
func (w *Window) Step(now time.Time, event any) []any {
	switch e := event.(type) {
	case Arrived:
		return w.arrived(now, e)
	case Ready:
		return w.ready(now, e)
	case Confirmed:
		return w.confirmed(now, e)
	case Ended:
		return w.ended(now, e)
	case Joined:
		return w.close(nil)
	case Tick:
		return w.expire(now)
	case Close:
		return w.close(ErrWindowClosed)
	}
	panic(fmt.Sprintf("pairing: unknown event %T", event))
}

func (w *Window) arrived(now time.Time, e Arrived) []any {
	if err := w.refusal(now, &exchange{from: e.From, peer: e.Peer}); err != nil {
		return []any{Refuse{e.ID, err}}
	}
	here := 0
	for _, x := range w.exchanges {
		if x.from == e.From {
			here++
		}
	}
	if len(w.exchanges) >= maxWaiting || here >= maxAddressWaiting {
		return []any{Refuse{e.ID, ErrBusy}}
	}
	w.exchanges[e.ID] = &exchange{from: e.From, peer: e.Peer}
	return nil
}

// refusal says why nothing may begin for where an exchange comes from, or nil.
func (w *Window) refusal(now time.Time, x *exchange) error {
	switch {
	case w.closed && w.reason == nil:
		return ErrWindowClosed
	case w.closed:
		return w.reason
	case !now.Before(w.expires):
		return ErrExpired
	case w.lockedOut(x):
		return ErrLockedOut
	}
	return nil
}

func (w *Window) ready(now time.Time, e Ready) []any {
	x := w.exchanges[e.ID]
	if x == nil || x.state != queued {
		return nil
	}
	x.state = waiting
	w.waiting = append(w.waiting, e.ID)
	return w.next(now)
}

// next starts the first that waits, if none runs.
func (w *Window) next(now time.Time) []any {
	var out []any
	for len(w.waiting) > 0 && !w.busy() {
		id := w.waiting[0]
		w.waiting = w.waiting[1:]
		x := w.exchanges[id]
		if err := w.refusal(now, x); err != nil {
			delete(w.exchanges, id)
			out = append(out, Refuse{id, err})
			continue
		}
		x.state = running
		w.count(x, 1)
		out = append(out, Start{id})
	}
	return out
}

func (w *Window) busy() bool {
	for _, x := range w.exchanges {
		if x.state == running || x.state == confirmed {
			return true
		}
	}
	return false
}

func (w *Window) confirmed(now time.Time, e Confirmed) []any {
	x := w.exchanges[e.ID]
	if x == nil || x.state != running {
		return nil
	}
	w.giveBack(x)
	if err := w.refusal(now, x); err != nil {
		delete(w.exchanges, e.ID)
		return []any{Refuse{e.ID, err}}
	}
	x.state = confirmed
	return nil
}

func (w *Window) count(x *exchange, n int) {
	for _, source := range x.sources() {
		if source != "" {
			w.failures[source] += n
		}
	}
	w.total += n
}

func (w *Window) lockedOut(x *exchange) bool {
	for _, source := range x.sources() {
		if w.failures[source] >= MaxAddressFailures {
			return true
		}
	}
	return false
}

func (w *Window) giveBack(x *exchange) {
	w.count(x, -1)
}

func (w *Window) ended(now time.Time, e Ended) []any {
	x := w.exchanges[e.ID]
	if x == nil {
		return nil
	}
	delete(w.exchanges, e.ID)
	w.waiting = slices.DeleteFunc(w.waiting, func(id int) bool { return id == e.ID })
	if x.state == running && e.Harmless {
		w.giveBack(x)
	}
	if w.closed {
		return nil
	}
	if e.Err == nil {
		return w.close(nil)
	}
	out := w.report(x, e.Err)
	switch {
	case w.total >= MaxFailures:
		return append(out, w.close(ErrWindowLocked)...)
	case !now.Before(w.expires):
		return append(out, w.expire(now)...)
	}
	return append(out, w.next(now)...)
}

func (w *Window) report(x *exchange, err error) []any {
	scan := x.state == queued && errors.Is(err, ErrAborted) // it has not even said hello
	if w.reports++; scan || w.reports > maxReports {
		return nil
	}
	if x.state == running && w.lockedOut(x) {
		err = fmt.Errorf("%w; that address is now %w", err, ErrLockedOut)
	}
	return []any{Report{x.from, err}}
}

func (w *Window) expire(now time.Time) []any {
	if w.closed || now.Before(w.expires) || w.proven() {
		return nil
	}
	return w.close(ErrExpired)
}

// proven reports whether a peer that knows the code is being waited for.
func (w *Window) proven() bool {
	for _, x := range w.exchanges {
		if x.state == confirmed {
			return true
		}
	}
	return false
}

// close refuses all that have not ended.
func (w *Window) close(reason error) []any {
	if w.closed {
		return nil
	}
	w.closed, w.reason = true, reason
	why := reason
	if why == nil {
		why = ErrWindowClosed
	}
	var out []any
	for id := range w.exchanges {
		out = append(out, Refuse{id, why})
	}
	clear(w.exchanges)
	w.waiting = nil
	return append(out, Closed{reason})
}
