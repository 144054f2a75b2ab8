package cpace

import (
	"bytes"
	"crypto/ecdh"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// The vectors of this file are those of draft-irtf-cfrg-cpace-21, appendices A
// and B.1 (group X25519, hash SHA-512).

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func check(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if !bytes.Equal(got, unhex(t, want)) {
		t.Errorf("%s\n got %x\nwant %s", what, got, want)
	}
}

const (
	vectorCI  = "0b415f696e69746961746f720b425f726573706f6e646572"
	vectorSID = "7e4b4791d6a8ef019b936c79fb7f2c57"
	vectorGen = "d04bf6d41f6a289632a2e929fa29bebd51092512a7829fdde7d314b62f05a73f"
	vectorYA  = "1d13c89278cdadd826f6d8d7f887701430f8380ddc17611cdd6dc989ce0c9f32"
	vectorYB  = "248cccf6d5cdc3646f0ad593f9e6cef4e69d4945f8372e623512ecea32185623"
	vectorK   = "5b067effbdc0b2a0e1d907b21ebb25cfedb96a852179a847c37e43ee71322c6b"
	scalarA   = "21b4f4bd9e64ed355c3eb676a28ebedaf6d8f17bdc365995b319097153044080"
	scalarB   = "848b0779ff415f0af4ea14df9dd1d3c29ac41d836c7808896c4eba19c51ac40a"
)

func TestStrings(t *testing.T) {
	check(t, `prepend_len("")`, lvCat(nil), "00")
	check(t, `prepend_len("1234")`, lvCat([]byte("1234")), "0431323334")
	long := make([]byte, 128)
	for i := range long {
		long[i] = byte(i)
	}
	check(t, "prepend_len(127 bytes)", lvCat(long[:127]), "7f"+hex.EncodeToString(long[:127]))
	check(t, "prepend_len(128 bytes)", lvCat(long), "8001"+hex.EncodeToString(long))
	check(t, "lv_cat", lvCat([]byte("1234"), []byte("5"), nil, []byte("678")), "043132333401350003363738")
}

func TestGenerator(t *testing.T) {
	prs, ci, sid := []byte("Password"), unhex(t, vectorCI), unhex(t, vectorSID)
	check(t, "generator_string", generatorString(prs, ci, sid),
		"0843506163653235350850617373776f72646d"+strings.Repeat("00", 109)+"18"+vectorCI+"10"+vectorSID)
	sum := sha512.Sum512(generatorString(prs, ci, sid))
	check(t, "hash of generator string", sum[:32], "03998087bdb1a2617bbe25ef5a7c18cd4f84f902328701790958755ee4aed1d3")
	check(t, "generator", calculateGenerator(prs, ci, sid), vectorGen)
}

// vectorParty is the draft's A or B, with its fixed scalar.
func vectorParty(t *testing.T, role Role, scalar, ad string) *Party {
	t.Helper()
	key, err := ecdh.X25519().NewPrivateKey(unhex(t, scalar))
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Secret: []byte("Password"), Channel: unhex(t, vectorCI), Session: unhex(t, vectorSID), AD: []byte(ad)}
	p, err := newParty(role, in, key)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestExchangeVectors(t *testing.T) {
	a, b := vectorParty(t, Initiator, scalarA, "ADa"), vectorParty(t, Responder, scalarB, "ADb")
	check(t, "Ya", a.Share(), vectorYA)
	check(t, "Yb", b.Share(), vectorYB)
	ka, err := scalarMult(a.scalar, b.Share())
	if err != nil {
		t.Fatal(err)
	}
	check(t, "K of A", ka, vectorK)
	kb, err := scalarMult(b.scalar, a.Share())
	if err != nil {
		t.Fatal(err)
	}
	check(t, "K of B", kb, vectorK)

	const want = "6e19b875f7a561d6b3ca3dbb9ef42ac55de3e717881018204b8922b4d5e53bb2" +
		"aa82c300bea7b65d2b671da71922ddf6472301b79bc270adfa8bf413285f2263"
	sa, err := a.Finish(b.Share(), []byte("ADb"))
	if err != nil {
		t.Fatal(err)
	}
	sb, err := b.Finish(a.Share(), []byte("ADa"))
	if err != nil {
		t.Fatal(err)
	}
	check(t, "ISK of A", sa.Key(), want)
	check(t, "ISK of B", sb.Key(), want)
}

// The parallel setting is not used here; its vector pins the hash input all the same.
func TestParallelVector(t *testing.T) {
	transcript := unhex(t, "6f63")
	transcript = append(transcript, lvCat(unhex(t, vectorYB), []byte("ADb"))...)
	transcript = append(transcript, lvCat(unhex(t, vectorYA), []byte("ADa"))...)
	check(t, "ISK_SY", isk(unhex(t, vectorSID), unhex(t, vectorK), transcript),
		"eef745e2f6e7ae2b1a1e53da340e777167a07fe150436648c51fb199c11f3cba"+
			"bfc683a2b48e1af5881940dc398d375c95e6b4ae9948a45b8770de0656382be4")
}

func TestScalarMultVerifyVectors(t *testing.T) {
	s, err := ecdh.X25519().NewPrivateKey(unhex(t, "af46e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449aff"))
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct{ name, u, q string }{ // no q: the neutral element, which must abort
		{"u0", "0000000000000000000000000000000000000000000000000000000000000000", ""},
		{"u1", "0100000000000000000000000000000000000000000000000000000000000000", ""},
		{"u2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", ""},
		{"u3", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", ""},
		{"u4", "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157", ""},
		{"u5", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", ""},
		{"u6", "daffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "d8e2c776bbacd510d09fd9278b7edcd25fc5ae9adfba3b6e040e8d3b71b21806"},
		{"u7", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", ""},
		{"u8", "dbffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "c85c655ebe8be44ba9c0ffde69f2fe10194458d137f09bbff725ce58803cdb38"},
		{"u9", "d9ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "db64dafa9b8fdd136914e61461935fe92aa372cb056314e1231bc4ec12417456"},
		{"ua", "cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880", "e062dcd5376d58297be2618c7498f55baa07d7e03184e8aada20bca28888bf7a"},
		{"ub", "4c9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7", "993c6ad11c4c29da9a56f7691fd0ff8d732e49de6250b6c2e80003ff4629a175"},
	}
	for _, row := range rows {
		got, err := scalarMult(s, unhex(t, row.u))
		if row.q != "" {
			if err != nil {
				t.Errorf("%s: %v", row.name, err)
			}
			check(t, row.name, got, row.q)
			continue
		}
		if !errors.Is(err, ErrShare) {
			t.Errorf("%s: low-order point gave %x, %v", row.name, got, err)
		}
		for _, role := range []Role{Initiator, Responder} {
			if _, err := vectorParty(t, role, scalarA, "").Finish(unhex(t, row.u), nil); !errors.Is(err, ErrShare) {
				t.Errorf("%s in a message: %v", row.name, err)
			}
		}
	}
}

func TestConfirmation(t *testing.T) {
	base := Input{Secret: []byte("secret"), Channel: []byte("channel"), Session: []byte("session")}
	rows := []struct {
		name   string
		change func(in *Input)
		agree  bool
	}{
		{"the same inputs agree", func(*Input) {}, true},
		{"another secret does not", func(in *Input) { in.Secret = []byte("Secret") }, false},
		{"another channel does not", func(in *Input) { in.Channel = []byte("Channel") }, false},
		{"another session does not", func(in *Input) { in.Session = []byte("Session") }, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			other := base
			row.change(&other)
			a, err := New(Initiator, base)
			if err != nil {
				t.Fatal(err)
			}
			b, err := New(Responder, other)
			if err != nil {
				t.Fatal(err)
			}
			sa, err := a.Finish(b.Share(), nil)
			if err != nil {
				t.Fatal(err)
			}
			sb, err := b.Finish(a.Share(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if sa.Confirms(sb.Tag()) != row.agree || sb.Confirms(sa.Tag()) != row.agree {
				t.Errorf("agreement is not %v", row.agree)
			}
			if sa.Confirms(sa.Tag()) || sa.Confirms(nil) {
				t.Error("a reflected or empty tag confirms")
			}
		})
	}
}

func TestReflectedShareConfirmsNothing(t *testing.T) {
	p, err := New(Initiator, Input{Secret: []byte("secret")})
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Finish(p.Share(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Confirms(s.Tag()) {
		t.Error("a peer that reflects everything is confirmed")
	}
}
