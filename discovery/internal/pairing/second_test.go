package pairing

import (
	"bufio"
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"homeroll/discovery/internal/admit"
	"homeroll/discovery/internal/roster"
	"homeroll/store/media"
)

// This file is a second, least implementation of a device that joins a home,
// proves that it belongs to it and compares rosters, written from
// docs/protocol.md: it shares no code with the first but BLAKE3 and base58.

// newcomer is that device, on one stream.
type newcomer struct {
	key  ed25519.PrivateKey
	conn net.Conn
	in   *bufio.Reader
	home []byte
	all  [][]byte // statements
}

type parsed map[protowire.Number][][]byte

func (p parsed) bytes(n protowire.Number) []byte {
	if len(p[n]) == 0 {
		return nil
	}
	return p[n][len(p[n])-1]
}

func (p parsed) number(n protowire.Number) uint64 {
	v, _ := protowire.ConsumeVarint(p.bytes(n))
	return v
}

func parseFields(b []byte) (parsed, error) {
	p := parsed{}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, errors.New("bad tag")
		}
		b = b[n:]
		n = protowire.ConsumeFieldValue(num, typ, b)
		if n < 0 {
			return nil, errors.New("bad field")
		}
		v := b[:n]
		if typ == protowire.BytesType {
			v, _ = protowire.ConsumeBytes(b)
		}
		p[num], b = append(p[num], v), b[n:]
	}
	return p, nil
}

func str[T string | []byte](b []byte, n protowire.Number, v T) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), []byte(v))
}

func num(b []byte, n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

func lv(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(binary.AppendUvarint(out, uint64(len(p))), p...)
	}
	return out
}

func (c *newcomer) over(conn net.Conn) *newcomer {
	return &newcomer{c.key, conn, bufio.NewReader(conn), c.home, c.all}
}

func (c *newcomer) say(m []byte) error {
	_, err := c.conn.Write(lv(m))
	return err
}

func (c *newcomer) hear() (parsed, error) {
	n, err := binary.ReadUvarint(c.in)
	if err != nil {
		return nil, err
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(c.in, b); err != nil {
		return nil, err
	}
	return parseFields(b)
}

// hearOf returns the message that must be in the field.
func (c *newcomer) hearOf(n protowire.Number) (parsed, error) {
	m, err := c.hear()
	if err != nil {
		return nil, err
	}
	if m[n] == nil {
		f, _ := parseFields(m.bytes(8))
		return nil, fmt.Errorf("failure %d instead of %d", f.number(1), n)
	}
	return parseFields(m.bytes(n))
}

// generator is that of the draft: Elligator 2 over 2²⁵⁵ − 19, little-endian.
func generator(prs, ci, sid []byte) []byte {
	dsi := []byte("CPace255")
	zeroes := make([]byte, 127-len(lv(prs))-len(lv(dsi)))
	sum := sha512.Sum512(lv(dsi, prs, zeroes, ci, sid))
	sum[31] &= 0x7f
	slices.Reverse(sum[:32])
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	r, a := new(big.Int).SetBytes(sum[:32]), big.NewInt(486662)
	v := new(big.Int).Mul(r, r)
	v.Add(v.Lsh(v, 1), big.NewInt(1)).ModInverse(v.Mod(v, p), p)
	v.Mod(v.Neg(v.Mul(v, a)), p)
	rhs := new(big.Int).Add(v, a)
	rhs.Add(rhs.Mul(rhs, v), big.NewInt(1)).Mul(rhs, v)
	if big.Jacobi(rhs.Mod(rhs, p), p) < 0 {
		v.Mod(v.Neg(v.Add(v, a)), p)
	}
	u := v.FillBytes(make([]byte, 32))
	slices.Reverse(u)
	return u
}

func x25519(scalar *ecdh.PrivateKey, u []byte) ([]byte, error) {
	point, err := ecdh.X25519().NewPublicKey(u)
	if err != nil {
		return nil, err
	}
	return scalar.ECDH(point)
}

func mac(key, share []byte) []byte {
	h := hmac.New(sha512.New, key)
	_, _ = h.Write(append(lv(share), 0))
	return h.Sum(nil)
}

// pair joins the home of the inviter with the code.
func (c *newcomer) pair(inviter media.Device, nameplate, secret, name string) error {
	self, nonce := string(media.DeviceOf(c.key.Public().(ed25519.PublicKey))), make([]byte, 32)
	_, _ = rand.Read(nonce)
	join := num(num(nil, 1, 1), 2, 1)
	join = str(str(str(str(str(join, 3, "second"), 4, self), 5, string(inviter)), 6, nameplate), 7, nonce)
	if err := c.say(str(nil, 1, join)); err != nil {
		return err
	}
	invite, err := c.hearOf(2)
	if err != nil {
		return err
	}
	hello, err := parseFields(invite.bytes(1))
	if err != nil || hello.number(1) != 1 || string(hello.bytes(3)) != string(inviter) || string(hello.bytes(4)) != self {
		return fmt.Errorf("hello %q: %w", hello, err)
	}
	c.home = hello.bytes(5)
	prs, sid := []byte(nameplate+secret), append(bytes.Clone(nonce), hello.bytes(6)...)
	ci := lv([]byte("homeroll pair 1"), []byte(inviter), []byte(self), c.home, join, invite.bytes(1))
	scalar, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	share, err := x25519(scalar, generator(prs, ci, sid))
	if err != nil {
		return err
	}
	k, err := x25519(scalar, invite.bytes(2))
	if err != nil {
		return err
	}
	transcript := slices.Concat(lv([]byte("CPace255_ISK"), sid, k), lv(invite.bytes(2)), []byte{0}, lv(share), []byte{0})
	isk := sha512.Sum512(transcript)
	key := sha512.Sum512(slices.Concat([]byte("CPaceMac"), sid, isk[:]))
	if err := c.say(str(nil, 3, str(str(nil, 1, share), 2, mac(key[:], share)))); err != nil {
		return err
	}
	welcome, err := c.hearOf(4)
	if err != nil {
		return err
	}
	if !hmac.Equal(welcome.bytes(1), mac(key[:], invite.bytes(2))) {
		return errors.New("the inviter has not proven the code")
	}
	if err := c.say(str(nil, 5, str(nil, 1, name))); err != nil {
		return err
	}
	admission, err := c.hearOf(6)
	if err != nil {
		return err
	}
	c.all = admission[1]
	return c.say(str(nil, 7, ""))
}

// check verifies every statement and returns their hashes in order.
func (c *newcomer) check() (ids [][]byte, admitted bool, err error) {
	for _, b := range c.all {
		s, _ := parseFields(b)
		core, err := parseFields(s.bytes(1))
		if err != nil {
			return nil, false, err
		}
		id := media.Sum(s.bytes(1))
		if !ed25519.Verify(core.bytes(2), append([]byte("homeroll roster 1\x00"), s.bytes(1)...), s.bytes(2)) {
			return nil, false, errors.New("forged statement")
		}
		if core[10] != nil && !bytes.Equal(id[:], c.home) || core[10] == nil && !bytes.Equal(core.bytes(1), c.home) {
			return nil, false, errors.New("statement of another home")
		}
		admit, _ := parseFields(core.bytes(11))
		admitted = admitted || bytes.Equal(admit.bytes(1), c.key.Public().(ed25519.PublicKey))
		ids = append(ids, id[:])
	}
	slices.SortFunc(ids, bytes.Compare)
	return ids, admitted, nil
}

// present opens an admission with the whole roster as its chain.
func (c *newcomer) present() error {
	claim := str(nil, 1, c.home)
	for _, s := range c.all {
		claim = str(claim, 2, s)
	}
	if err := c.say(claim); err != nil {
		return err
	}
	v, err := c.hear()
	if err != nil || v.number(1) != 1 {
		return fmt.Errorf("verdict %d: %w", v.number(1), err)
	}
	return c.say(num(nil, 1, 1))
}

// compare opens an exchange of rosters and returns the acceptor's digest.
func (c *newcomer) compare(digest []byte) ([]byte, error) {
	if err := c.say(str(str(nil, 1, c.home), 2, digest)); err != nil {
		return nil, err
	}
	m, err := c.hear()
	if err != nil {
		return nil, err
	}
	if bytes.Equal(m.bytes(2), digest) {
		return digest, nil
	}
	lacking := str(nil, 1, c.home)
	for _, s := range c.all {
		if !slices.ContainsFunc(m[3], func(b []byte) bool { return bytes.Equal(b, s) }) {
			lacking = str(lacking, 3, s)
		}
	}
	return m.bytes(2), c.say(lacking)
}

func TestSecondImplementationJoinsAndProvesIt(t *testing.T) {
	h1 := newDevice(t, 1, "h1")
	c := &newcomer{key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{42}, 32))}
	self := media.DeviceOf(c.key.Public().(ed25519.PublicKey))
	talk := func(serve func(net.Conn) error, speak func(*newcomer) error) {
		t.Helper()
		x, y := net.Pipe()
		done := make(chan error, 1)
		go func() { done <- serve(y); _ = y.Close() }()
		n := c.over(x)
		if err := errors.Join(speak(n), <-done); err != nil {
			t.Error(err)
		}
		_ = x.Close()
		c.home, c.all = n.home, n.all
	}
	for _, secret := range []string{"4MPX2S", "4MPX2R"} {
		inv := NewInvite(InviteConfig{Roster: h1.Roster, Version: "1.2.3", Code: Code{"K7", "4MPX2R"}})
		if secret == "4MPX2S" { // one character is wrong
			x, y := net.Pipe()
			go func() { _ = inv.Serve(t.Context(), y, self, "a") }()
			if err := c.over(x).pair(h1.Self(), "K7", secret, "second"); err == nil || err.Error() != "failure 1 instead of 4" {
				t.Errorf("a wrong code: %v", err)
			}
			continue
		}
		talk(func(y net.Conn) error { return inv.Serve(t.Context(), y, self, "a") }, func(n *newcomer) error { return n.pair(h1.Self(), "K7", secret, "second") })
	}
	if m, ok := h1.Member(self); !ok || m.Name != "second" {
		t.Fatalf("the first has %+v as a member", m)
	}
	ids, admitted, err := c.check()
	if err != nil || !admitted || len(ids) != 2 {
		t.Errorf("%d statements, admitted %v: %v", len(ids), admitted, err)
	}

	// A third device of the home has not heard of the second yet.
	h3 := newDevice(t, 3, "h3")
	if _, err := h1.Admit(h3.Self(), "h3", ""); err != nil {
		t.Fatal(err)
	}
	older := slices.DeleteFunc(h1.Statements(), func(s roster.Statement) bool { return bytes.Contains(s, c.key.Public().(ed25519.PublicKey)) })
	if err := h3.Replace(h1.Home(), older); err != nil {
		t.Fatal(err)
	}
	talk(func(y net.Conn) error { return admit.Receive(y, h3.Roster, self) }, (*newcomer).present)
	if !h3.IsMember(self) {
		t.Error("the third does not know the second after its admission")
	}
	sum := media.Sum(bytes.Join(ids, nil))
	talk(func(y net.Conn) error { _, err := roster.Exchange(y, h3.Roster, false); return err }, func(n *newcomer) error {
		theirs, err := n.compare(sum[:])
		if want := h3.Digest(); err == nil && !bytes.Equal(theirs, want[:]) {
			err = fmt.Errorf("digest %x, want %x", theirs, want)
		}
		return err
	})
	if want := h1.Digest(); h3.Digest() != want {
		t.Error("the rosters differ after all have been compared")
	}
}
