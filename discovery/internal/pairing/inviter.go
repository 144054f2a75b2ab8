package pairing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"homeroll/discovery/internal/cpace"
	"homeroll/discovery/internal/pairing/internal/pairpb"
	"homeroll/discovery/internal/roster"
	"homeroll/store/media"
)

// Serve runs the inviting side on a stream from a peer that the transport
// authenticated; from is its IP address. It blocks, sets deadlines and closes
// conn. Its error has been reported where a person should know it.
func (i *Invite) Serve(ctx context.Context, conn Conn, peer media.Device, from string) error {
	defer closeWith(ctx, conn)()
	id, g := i.arrive(conn, from, peer)
	x := &inviting{stream: newStream(conn, i.cfg.Version), invite: i, id: id, gate: g, peer: peer}
	err := x.run(ctx)
	if why := x.refused(); err != nil && why != nil {
		err = why
	}
	err = x.fail(err)
	i.end(id, peer, err)
	return err
}

// inviting is one exchange on the inviter's side.
type inviting struct {
	*stream
	invite *Invite
	id     int
	gate   *gate
	peer   media.Device
	pair   pair
}

func (x *inviting) run(ctx context.Context) error {
	if err := x.refused(); err != nil {
		x.listen()
		return err
	}
	version, err := x.hello()
	if err != nil {
		return harmless{err}
	}
	if err := x.turn(ctx); err != nil {
		return harmless{err}
	}
	session, err := x.exchange(version)
	if err != nil {
		return err
	}
	x.invite.step(Confirmed{x.id})
	if err := x.refused(); err != nil {
		return err
	}
	accept, err := x.welcome(session)
	if err != nil {
		return err
	}
	return x.admit(accept)
}

// listen lets a joiner that is refused at once finish its hello, so that it
// reads why.
func (x *inviting) listen() {
	if x.stream.within(time.Second) == nil {
		_, _ = x.receive(maxMessage)
	}
}

// refused returns why the window does not want this exchange, or nil.
func (x *inviting) refused() error {
	select {
	case <-x.gate.refused:
		return x.gate.err
	default:
		return nil
	}
}

// within sets a deadline, and keeps one that the window has set.
func (x *inviting) within(d time.Duration) error {
	return errors.Join(x.stream.within(d), x.refused())
}

// hello reads the joiner's.
func (x *inviting) hello() (version uint32, err error) {
	if err := x.within(exchangeTime); err != nil {
		return 0, err
	}
	m, err := x.receive(maxMessage)
	if err != nil {
		return 0, err
	}
	hello, err := parseJoin(m)
	if err != nil {
		return 0, err
	}
	self := x.invite.cfg.Roster.Self()
	if version, err = chooseVersion(hello); err != nil {
		return 0, err
	}
	if err := claims(hello.Self, hello.Peer, self, x.peer); err != nil {
		return 0, err
	}
	if hello.Nameplate != x.invite.Code().Nameplate() {
		return 0, fmt.Errorf("%w: it begins with other characters", ErrWrongCode)
	}
	x.pair = pair{inviter: self, joiner: x.peer, home: x.invite.cfg.Roster.Home(), join: m.GetJoin(), nonces: hello.Nonce}
	return version, nil
}

// turn waits until it is this exchange's.
func (x *inviting) turn(ctx context.Context) error {
	x.invite.step(Ready{x.id})
	select {
	case <-x.gate.start:
		return nil
	case <-x.gate.refused:
		return x.gate.err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrAborted, ctx.Err())
	}
}

// exchange runs CPace up to the joiner's proof. A failure that the joiner
// states before its proof is harmless; anything else may have been a guess.
func (x *inviting) exchange(version uint32) (*cpace.Session, error) {
	if err := x.within(exchangeTime); err != nil {
		return nil, err
	}
	nonce := newNonce()
	var err error
	x.pair.nonces = append(x.pair.nonces, nonce...)
	x.pair.invite, err = encode(&pairpb.InviteHello{
		Version: version, Program: x.program, Self: string(x.pair.inviter), Peer: string(x.peer), Home: x.pair.home[:], Nonce: nonce,
	})
	if err != nil {
		return nil, err
	}
	party, err := x.pair.party(cpace.Initiator, x.invite.Code())
	if err != nil {
		return nil, err
	}
	offer := &pairpb.Invite{Hello: x.pair.invite, Share: party.Share()}
	if err := x.send(&pairpb.Message{Body: &pairpb.Message_Invite{Invite: offer}}); err != nil {
		return nil, err
	}
	m, err := x.receive(maxMessage)
	if told := (peerFailure{}); errors.As(err, &told) {
		return nil, harmless{err}
	}
	if err != nil {
		return nil, err
	}
	if m.GetConfirm() == nil {
		return nil, unexpected(m)
	}
	session, err := finish(party, m.GetConfirm().Share)
	if err != nil {
		return nil, err
	}
	if !session.Confirms(m.GetConfirm().Tag) {
		return nil, ErrWrongCode
	}
	return session, nil
}

// welcome proves the key, says who is of the home, and waits for the person.
func (x *inviting) welcome(session *cpace.Session) (*pairpb.Accept, error) {
	if err := x.within(personTime); err != nil {
		return nil, err
	}
	w := &pairpb.Welcome{Tag: session.Tag()}
	for _, m := range x.invite.cfg.Roster.Members() {
		w.Members = append(w.Members, m.Name)
		if m.Device == x.pair.inviter {
			w.Inviter = m.Name
		}
	}
	if err := x.send(&pairpb.Message{Body: &pairpb.Message_Welcome{Welcome: w}}); err != nil {
		return nil, err
	}
	m, err := x.receive(maxMessage)
	if err != nil {
		return nil, err
	}
	if m.GetAccept() == nil {
		return nil, unexpected(m)
	}
	return m.GetAccept(), nil
}

// admit makes the joiner a member, durably, before it hears of it. A joiner
// that says it could not save the roster is removed again; one that says
// nothing may have saved it, so it stays.
func (x *inviting) admit(accept *pairpb.Accept) error {
	r := x.invite.cfg.Roster
	if err := x.refused(); err != nil {
		return err
	}
	before := r.IsMember(x.peer)
	if err := admitTo(r, x.peer, accept); err != nil {
		return err
	}
	x.invite.grant(x.peer)
	if err := x.stream.within(saveTime); err != nil {
		return err
	}
	a := &pairpb.Admission{}
	for _, s := range r.Statements() {
		a.Statements = append(a.Statements, s)
	}
	if err := x.send(&pairpb.Message{Body: &pairpb.Message_Admission{Admission: a}}); err != nil {
		return fmt.Errorf("admitted, but it may not know: %w", err)
	}
	m, err := x.receive(maxMessage)
	if errors.Is(err, ErrNotSaved) && !before {
		x.invite.grant("")
		return errors.Join(err, r.Remove(x.peer))
	}
	if err != nil {
		return fmt.Errorf("admitted, but it has not answered: %w", err)
	}
	if m.GetSaved() == nil {
		return unexpected(m)
	}
	return nil
}

func admitTo(r *roster.Roster, d media.Device, accept *pairpb.Accept) error {
	_, err := r.Admit(d, accept.Name, accept.Replace)
	if errors.Is(err, roster.ErrNotMember) && accept.Replace != "" {
		return fmt.Errorf("%w: %w", ErrNoSuchName, err)
	}
	return err
}

// grant remembers who was admitted until it is known to know.
func (i *Invite) grant(d media.Device) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.granted = d
}
