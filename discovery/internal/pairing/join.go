package pairing

import (
	"context"
	"errors"
	"fmt"

	"homeroll/discovery/internal/cpace"
	"homeroll/discovery/internal/pairing/internal/pairpb"
	"homeroll/discovery/internal/roster"
	"homeroll/store/media"
)

// JoinConfig is what Join needs.
type JoinConfig struct {
	Roster   *roster.Roster // of this device; after success it is the new home's
	Code     Code
	Name     string                                   // friendly name of this device
	Replace  string                                   // name of a member that this device takes the place of
	Version  string                                   // of the program
	Confirm  func(home string, members []string) bool // before this device agrees to anything; nil = yes
	Progress func(string)                             // nil = none
}

// Join runs the joining side on a stream to a peer that the transport
// authenticated, and returns the inviter as a member of the home joined. It
// sets deadlines and closes conn. Any error but a lost last message leaves this
// device in the home that it was in.
func Join(ctx context.Context, conn Conn, peer media.Device, cfg JoinConfig) (roster.Member, error) {
	defer closeWith(ctx, conn)()
	x := &joining{stream: newStream(conn, cfg.Version), cfg: cfg, peer: peer}
	if err := x.fail(x.run()); err != nil {
		return roster.Member{}, errors.Join(err, ctx.Err())
	}
	m, _ := cfg.Roster.Member(peer)
	return m, nil
}

// joining is one exchange on the joiner's side.
type joining struct {
	*stream
	cfg  JoinConfig
	peer media.Device
	pair pair
}

func (x *joining) run() error {
	if err := roster.ValidName(x.cfg.Name); err != nil {
		return err
	}
	share, err := x.hello()
	if err != nil {
		return err
	}
	if err := x.free(); err != nil {
		return err
	}
	welcome, err := x.confirm(share)
	if err != nil {
		return err
	}
	if err := x.agree(welcome); err != nil {
		return err
	}
	return x.join()
}

// hello exchanges hellos and returns the inviter's share. Others may be
// pairing there first.
func (x *joining) hello() (share []byte, err error) {
	if err := x.within(queueTime); err != nil {
		return nil, err
	}
	self, nonce := x.cfg.Roster.Self(), newNonce()
	x.pair.join, err = encode(&pairpb.JoinHello{
		Oldest: oldestVersion, Newest: newestVersion, Program: x.program,
		Self: string(self), Peer: string(x.peer), Nameplate: x.cfg.Code.Nameplate(), Nonce: nonce,
	})
	if err != nil {
		return nil, err
	}
	if err := x.send(&pairpb.Message{Body: &pairpb.Message_Join{Join: x.pair.join}}); err != nil {
		return nil, err
	}
	m, err := x.receive(maxMessage)
	if err != nil {
		return nil, err
	}
	hello, err := parseInvite(m)
	if err != nil {
		return nil, err
	}
	if err := claims(hello.Self, hello.Peer, self, x.peer); err != nil {
		return nil, err
	}
	x.pair.inviter, x.pair.joiner, x.pair.home = x.peer, self, media.Home(hello.Home)
	x.pair.invite, x.pair.nonces = m.GetInvite().Hello, append(nonce, hello.Nonce...)
	return m.GetInvite().Share, nil
}

// free reports a device that already has company.
func (x *joining) free() error {
	switch r := x.cfg.Roster; {
	case r.Home() == x.pair.home && r.IsMember(r.Self()):
		return ErrAlreadyMember
	case r.Home() != x.pair.home && r.IsMember(r.Self()) && len(r.Members()) > 1:
		return ErrOtherHome
	}
	return nil
}

// confirm proves the key and checks the inviter's proof.
func (x *joining) confirm(share []byte) (*pairpb.Welcome, error) {
	if err := x.within(exchangeTime); err != nil {
		return nil, err
	}
	x.progress("checking the code")
	party, err := x.pair.party(cpace.Responder, x.cfg.Code)
	if err != nil {
		return nil, err
	}
	session, err := finish(party, share)
	if err != nil {
		return nil, err
	}
	proof := &pairpb.Confirm{Share: party.Share(), Tag: session.Tag()}
	if err := x.send(&pairpb.Message{Body: &pairpb.Message_Confirm{Confirm: proof}}); err != nil {
		return nil, err
	}
	m, err := x.receive(maxWelcome)
	if err != nil {
		return nil, err
	}
	w := m.GetWelcome()
	if w == nil {
		return nil, unexpected(m)
	}
	if !session.Confirms(w.Tag) {
		return nil, ErrWrongCode
	}
	return w, nil
}

// agree asks the person and tells the inviter.
func (x *joining) agree(w *pairpb.Welcome) error {
	if len(w.Members) > roster.MaxDevices {
		return fmt.Errorf("%w: %d members", ErrAborted, len(w.Members))
	}
	for i, name := range w.Members {
		w.Members[i] = shown(name)
	}
	if x.cfg.Confirm != nil && !x.cfg.Confirm(shown(w.Inviter), w.Members) {
		return ErrDeclined
	}
	if err := x.within(saveTime); err != nil {
		return err
	}
	x.progress("joining")
	a := &pairpb.Accept{Name: x.cfg.Name, Replace: x.cfg.Replace}
	return x.send(&pairpb.Message{Body: &pairpb.Message_Accept{Accept: a}})
}

// join takes over the home's roster, durably, and says so.
func (x *joining) join() error {
	m, err := x.receive(maxAdmission)
	if err != nil {
		return err
	}
	if m.GetAdmission() == nil {
		return unexpected(m)
	}
	var statements []roster.Statement
	for _, b := range m.GetAdmission().Statements {
		statements = append(statements, b)
	}
	if err := x.cfg.Roster.Replace(x.pair.home, statements); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSaved, err)
	}
	// From here on this device is of the home; that the inviter may not hear
	// of it changes nothing.
	_ = x.send(&pairpb.Message{Body: &pairpb.Message_Saved{Saved: &pairpb.Saved{}}})
	return nil
}

func (x *joining) progress(what string) {
	if x.cfg.Progress != nil {
		x.cfg.Progress(what)
	}
}

// shown makes a name that a peer states fit to show.
func shown(name string) string {
	if roster.ValidName(name) != nil {
		return printable(name)
	}
	return name
}
