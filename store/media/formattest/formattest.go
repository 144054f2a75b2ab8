// Package formattest is what the tests of every wire and file format share:
// exact bytes in files, the proof that no message is without them, and bounds
// on what decoding takes of memory. Only tests import it.
package formattest

import (
	"encoding/hex"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

var update = flag.Bool("update", false, "write the golden files that are missing; a format that is to change has its file removed by hand first")

const golden = "testdata/golden"

// Golden requires that testdata/golden has a file NAME.hex of the same bytes
// for each name, and no other.
func Golden(t *testing.T, got map[string][]byte) {
	t.Helper()
	for name, b := range got {
		want, err := goldenFile(name, b)
		if err != nil {
			t.Error(err)
		} else if want != hex.EncodeToString(b) {
			t.Errorf("%s:\n%x, want\n%s", name, b, want)
		}
	}
	files, err := os.ReadDir(golden)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name, isHex := strings.CutSuffix(f.Name(), ".hex")
		if _, ok := got[name]; isHex && !ok {
			t.Errorf("%s: nothing has these bytes any more", f.Name())
		}
	}
}

func goldenFile(name string, b []byte) (string, error) {
	path := filepath.Join(golden, name+".hex")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && *update {
		text = []byte(hex.EncodeToString(b) + "\n")
		if err = os.MkdirAll(golden, 0o755); err == nil {
			err = os.WriteFile(path, text, 0o644)
		}
	}
	return strings.TrimSpace(string(text)), err
}

// Covers requires that the samples together have every message of the file,
// with every field set and every value of every enum but the first, which
// proto3 does not write.
func Covers(t *testing.T, file protoreflect.FileDescriptor, samples ...proto.Message) {
	t.Helper()
	seen := map[protoreflect.FullName]bool{}
	for _, m := range samples {
		note(seen, m.ProtoReflect())
	}
	wantMessages(t, seen, file.Messages())
	wantValues(t, seen, file.Enums())
}

func note(seen map[protoreflect.FullName]bool, m protoreflect.Message) {
	seen[m.Descriptor().FullName()] = true
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		seen[f.FullName()] = true
		each := []protoreflect.Value{v}
		if f.IsList() {
			each = each[:0]
			for i := range v.List().Len() {
				each = append(each, v.List().Get(i))
			}
		}
		for _, v := range each {
			switch f.Kind() {
			case protoreflect.MessageKind:
				note(seen, v.Message())
			case protoreflect.EnumKind:
				if d := f.Enum().Values().ByNumber(v.Enum()); d != nil {
					seen[d.FullName()] = true
				}
			}
		}
		return true
	})
}

func wantMessages(t *testing.T, seen map[protoreflect.FullName]bool, all protoreflect.MessageDescriptors) {
	t.Helper()
	for i := range all.Len() {
		m := all.Get(i)
		if !seen[m.FullName()] {
			t.Errorf("no golden bytes have a %s", m.FullName())
		}
		for i := range m.Fields().Len() {
			if f := m.Fields().Get(i).FullName(); !seen[f] {
				t.Errorf("no golden bytes have the field %s", f)
			}
		}
		wantMessages(t, seen, m.Messages())
		wantValues(t, seen, m.Enums())
	}
}

func wantValues(t *testing.T, seen map[protoreflect.FullName]bool, all protoreflect.EnumDescriptors) {
	t.Helper()
	for i := range all.Len() {
		values := all.Get(i).Values()
		for i := 1; i < values.Len(); i++ {
			if v := values.Get(i).FullName(); !seen[v] {
				t.Errorf("no golden bytes have the value %s", v)
			}
		}
	}
}

// Allocated returns the bytes that the process has allocated so far. It stops
// the world to be exact: package metrics, which does not, counts small objects
// only when a collection or a full span flushes a thread's cache, so that half a
// megabyte of earlier tests may be counted late.
func Allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// Bounded fails if f allocates more than most bytes.
func Bounded(t *testing.T, most uint64, f func()) {
	t.Helper()
	before := Allocated()
	f()
	if n := Allocated() - before; n > most {
		t.Errorf("%d bytes allocated, want at most %d", n, most)
	}
}
