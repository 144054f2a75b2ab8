package cpace

import (
	"crypto/ecdh"
	"crypto/sha512"
	"encoding/binary"
	"fmt"

	"filippo.io/edwards25519/field"
)

// dsi separates this group's use of the hash from every other.
const dsi = "CPace255"

// scalarMult is the draft's scalar_mult_vfy for G_X25519: the X25519 function
// of RFC 7748, which ignores the top bit of a u-coordinate, and [ErrShare]
// where its result is the neutral element (crypto/ecdh refuses that).
func scalarMult(y *ecdh.PrivateKey, u []byte) ([]byte, error) {
	point, err := ecdh.X25519().NewPublicKey(u)
	if err != nil {
		return nil, fmt.Errorf("%w: %d bytes", ErrShare, len(u))
	}
	k, err := y.ECDH(point)
	if err != nil {
		return nil, fmt.Errorf("%w: low order", ErrShare)
	}
	return k, nil
}

func calculateGenerator(prs, ci, sid []byte) []byte {
	sum := sha512.Sum512(generatorString(prs, ci, sid))
	// SetBytes ignores the top bit, as decodeUCoordinate of RFC 7748 does.
	r, err := new(field.Element).SetBytes(sum[:32])
	if err != nil {
		panic("cpace: field element of 32 bytes refused")
	}
	return elligator2(r).Bytes()
}

// generatorString pads so that the secret alone fills the hash's first block:
// how long hashing takes then says nothing about it.
func generatorString(prs, ci, sid []byte) []byte {
	pad := sha512.BlockSize - 1 - len(lvCat(prs)) - len(lvCat([]byte(dsi)))
	return lvCat([]byte(dsi), prs, make([]byte, max(0, pad)), ci, sid)
}

// elligator2 maps a field element to the u-coordinate of a point of Curve25519
// (RFC 9380, section 6.7.1, with Z = 2), in constant time.
func elligator2(r *field.Element) *field.Element {
	one := new(field.Element).One()
	a := new(field.Element).Mult32(one, 486662)

	// v = -A / (1 + 2r²). The divisor is never zero: -1/2 is not a square.
	v := new(field.Element).Square(r)
	v.Add(v, v).Add(v, one).Invert(v)
	v.Multiply(v, a).Negate(v)

	// The curve's right-hand side at v: ((v + A)v + 1)v.
	rhs := new(field.Element).Add(v, a)
	rhs.Multiply(rhs, v).Add(rhs, one).Multiply(rhs, v)
	_, onCurve := new(field.Element).SqrtRatio(rhs, one)

	other := new(field.Element).Add(v, a)
	other.Negate(other)
	return new(field.Element).Select(v, other, onCurve)
}

// lvCat is the draft's lv_cat: each string behind its LEB128 length.
func lvCat(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = binary.AppendUvarint(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out
}
