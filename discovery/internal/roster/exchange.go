package roster

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protodelim"

	"homeroll/discovery/internal/roster/internal/rosterpb"
	"homeroll/store/media"
)

// Protocol names the exchange of rosters between members.
const Protocol = "/homeroll/roster/1"

// Exchange makes two members' rosters equal over one stream; dialer is the
// side that opened it. It runs before anything else between members, and again
// whenever a roster changes. The caller has checked that the peer is a member,
// sets the deadline and closes conn. Three messages of at most [MaxSize] bytes:
//
//	dialer   → home, digest
//	acceptor → home, digest, and all statements if the digests differ
//	dialer   → the statements that the acceptor lacks, if they differed
//
// Valid statements are kept even where others bring an error.
func Exchange(conn io.ReadWriter, r *Roster, dialer bool) (changed bool, err error) {
	c := channel{w: conn, r: bufio.NewReader(conn)}
	if dialer {
		changed, err = c.dial(r)
	} else {
		changed, err = c.accept(r)
	}
	if err != nil {
		return changed, fmt.Errorf("exchange rosters: %w", err)
	}
	return changed, nil
}

type channel struct {
	w io.Writer
	r *bufio.Reader
}

func (c channel) dial(r *Roster) (bool, error) {
	home, digest, mine := r.snapshot()
	if err := c.send(&rosterpb.Exchange{Home: home[:], Digest: digest[:]}); err != nil {
		return false, err
	}
	theirs, err := c.receive(home)
	if err != nil || string(theirs.Digest) == string(digest[:]) {
		return false, err
	}
	changed, bad := r.Merge(statementsFrom(theirs.Statements))
	lacking := &rosterpb.Exchange{Home: home[:], Statements: bytesOf(without(mine, theirs.Statements))}
	if err := c.send(lacking); err != nil {
		return changed, err
	}
	return changed, bad
}

func (c channel) accept(r *Roster) (bool, error) {
	home, digest, mine := r.snapshot()
	answer := &rosterpb.Exchange{Home: home[:], Digest: digest[:]}
	theirs, err := c.receive(home)
	if errors.Is(err, ErrOtherHome) {
		return false, errors.Join(err, c.send(answer)) // so that the peer knows why
	}
	if err != nil {
		return false, err
	}
	if string(theirs.Digest) == string(digest[:]) {
		return false, c.send(answer)
	}
	answer.Statements = bytesOf(mine)
	if err := c.send(answer); err != nil {
		return false, err
	}
	if theirs, err = c.receive(home); err != nil {
		return false, err
	}
	return r.Merge(statementsFrom(theirs.Statements))
}

// snapshot returns what belongs together.
func (r *Roster) snapshot() (media.Home, [32]byte, []Statement) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.home, digestOf(r.all), statementsOf(r.all)
}

func without(all []Statement, known [][]byte) []Statement {
	has := make(map[string]bool, len(known))
	for _, b := range known {
		has[string(b)] = true
	}
	var out []Statement
	for _, s := range all {
		if !has[string(s)] {
			out = append(out, s)
		}
	}
	return out
}

func (c channel) send(m *rosterpb.Exchange) error {
	var b bytes.Buffer // one write a message
	if _, err := protodelim.MarshalTo(&b, m); err != nil {
		return err
	}
	_, err := c.w.Write(b.Bytes())
	return err
}

// receive returns a message about our home.
func (c channel) receive(home media.Home) (*rosterpb.Exchange, error) {
	m := &rosterpb.Exchange{}
	if err := (protodelim.UnmarshalOptions{MaxSize: MaxSize}).UnmarshalFrom(c.r, m); err != nil {
		return nil, err
	}
	if string(m.Home) != string(home[:]) {
		return nil, ErrOtherHome
	}
	return m, nil
}
