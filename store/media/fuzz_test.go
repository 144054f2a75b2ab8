package media_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

// FuzzOutline offers outlines and groups for an item of three groups: nothing
// but its own is taken, and the check allocates nothing that grows.
func FuzzOutline(f *testing.F) {
	data := randomBytes(2*media.GroupSize+9, 1)
	it, good, err := media.Hash(context.Background(), bytes.NewReader(data))
	if err != nil {
		f.Fatal(err)
	}
	var flat []byte
	for i := range good {
		flat = append(flat, good[i][:]...)
	}
	f.Add(flat, data[:media.GroupSize], int64(0))
	f.Add(flat[:64], data[2*media.GroupSize:], int64(2))
	f.Add([]byte{}, []byte{}, int64(-1))
	f.Fuzz(func(t *testing.T, b, group []byte, i int64) {
		o := make(media.Outline, len(b)/32)
		for i := range o {
			copy(o[i][:], b[32*i:])
		}
		formattest.Bounded(t, 64<<10, func() {
			if err := o.Check(it); (err == nil) != bytes.Equal(flat, b[:len(o)*32]) {
				t.Errorf("an outline that is %v its own: %v", bytes.Equal(flat, b), err)
			}
			err := good.Verify(it, i, group)
			own := i >= 0 && i < 3 && bytes.Equal(group, data[i*media.GroupSize:][:media.GroupLen(it.Size, i)])
			if own != (err == nil) || err != nil && !errors.Is(err, media.ErrCorrupt) {
				t.Errorf("group %d of %d bytes: %v", i, len(group), err)
			}
		})
	})
}

// FuzzDevice reads device IDs: what holds a key is written back the same.
func FuzzDevice(f *testing.F) {
	f.Add(string(testDevice), []byte("message"), bytes.Repeat([]byte{1}, 64))
	f.Add("1111111111111111111111111111111111111111111111111111111111111111", []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, id string, message, sig []byte) {
		formattest.Bounded(t, 64<<10+4*uint64(len(id)+len(message)), func() {
			d := media.Device(id)
			key, err := d.Key()
			if err == nil && media.DeviceOf(key) != d {
				t.Errorf("%q has the key of %s", id, media.DeviceOf(key))
			}
			if d.Verify(message, sig) == nil {
				t.Errorf("%q has signed", id)
			}
			r := media.Root{Device: d, Node: media.Node{N: 1}, Sig: sig}
			if r.Check(media.Home{}) == nil {
				t.Errorf("%q has signed a root", id)
			}
		})
	})
}

// FuzzPrefix reads positions in a trie.
func FuzzPrefix(f *testing.F) {
	f.Add([]byte{0, 15, 3}, bytes.Repeat([]byte{0x0f}, 32))
	f.Add(bytes.Repeat([]byte{1}, 64), []byte{})
	f.Fuzz(func(t *testing.T, b, fp []byte) {
		p, err := media.ParsePrefix(b)
		if err != nil {
			return
		}
		var fingerprint media.Fingerprint
		copy(fingerprint[:], fp)
		lo, hi := p.Range()
		if inside := fingerprint.Compare(lo) >= 0 && fingerprint.Compare(hi) <= 0; inside != p.Contains(fingerprint) {
			t.Errorf("%x in %x: %v", fp, b, inside)
		}
	})
}
