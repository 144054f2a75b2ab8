//go:build lab && linux

package labtest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// database is where a host keeps its catalogue.
func (h *host) database() string { return h.path(".local", "share", "homeroll", "catalogue.db") }

// databaseFiles returns the files of the catalogue that there are.
func (h *host) databaseFiles() []string {
	all, err := filepath.Glob(h.database() + "*")
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// answers says for media files of the folders and the vault (all of them in full
// size) what copies
// says: hash, holders, and every name with its date.
func (h *host) answers(folders ...string) map[string]string {
	h.t.Helper()
	out := map[string]string{}
	for _, dir := range append(folders, h.vault()) {
		files := snapshot(h.t, dir).media()
		for i, p := range files.sortedPaths() {
			if i%8 != 0 && !full {
				continue // a process for each question takes its time
			}
			path := filepath.Join(dir, p)
			c := h.copies(path)
			if c == nil {
				out[path] = "not on record"
				continue
			}
			var said []string
			for _, holder := range c.Holders {
				said = append(said, "held by "+holder.Device)
			}
			for _, n := range c.Names {
				said = append(said, fmt.Sprintf("%s %s %s %v", n.Device, n.Folder, n.Path, n.MTime.UnixNano()))
			}
			slices.Sort(said)
			out[path] = fmt.Sprint(c.Hash, c.Copies, c.Kept, said)
		}
	}
	return out
}

func sameAnswers(t *testing.T, what string, before, after map[string]string) {
	t.Helper()
	for p, was := range before {
		if after[p] != was {
			t.Errorf("%s: %s was\n  %s\nis\n  %s", what, p, was, after[p])
		}
	}
	for p := range after {
		if _, ok := before[p]; !ok {
			t.Errorf("%s: %s is new", what, p)
		}
	}
}

// TestDatabaseIsDisposable deletes, damages and sets back the catalogue of one
// device: names, dates and holdings are the same afterwards, and no media travel.
func TestDatabaseIsDisposable(t *testing.T) {
	net, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	phone, laptop := a.copyCorpus("phone-a"), b.copyCorpus("laptop")
	a.start(phone)
	b.start(laptop)
	pair(t, a, b)
	awaitComplete(2*time.Minute, a, b)

	// disaster befalls the catalogue of b, which must come out of it as it was.
	disaster := func(what string, do func()) {
		t.Helper()
		onB, onA, files := b.answers(laptop), a.answers(phone), snapshot(t, b.vault())
		in, _ := net.wire(t, "h2")
		start := time.Now()
		do()
		awaitComplete(2*time.Minute, b, a)
		after, _ := net.wire(t, "h2")
		t.Logf("%s: complete again after %v; %d bytes came in, of %d of media", what, time.Since(start).Round(time.Millisecond), after-in, files.bytes())
		if after-in > files.bytes()/10 {
			t.Errorf("%s: media were fetched again", what)
		}
		sameAnswers(t, what+", asked on h2", onB, b.answers(laptop))
		sameAnswers(t, what+", asked on h1", onA, a.answers(phone))
		if now := snapshot(t, b.vault()); !maps.EqualFunc(files, now, func(x, y file) bool { return x.sum == y.sum && x.mtime.Equal(y.mtime) }) {
			t.Errorf("%s: the vault has changed", what)
		}
	}
	disaster("deleted", func() {
		b.stop()
		for _, p := range b.databaseFiles() {
			if err := os.Remove(p); err != nil {
				t.Fatal(err)
			}
		}
		b.start()
	})
	disaster("pages damaged", func() {
		b.stop()
		damagePages(t, b.database())
		b.start()
	})
	disaster("pages damaged while running", func() {
		b.stop() // so that all of it is in the file
		b.start()
		damagePages(t, b.database())
		b.answers(laptop) // somebody meets it
	})
	disaster("verify --full", func() { b.must("verify", "--full") })

	b.stop()
	kept := map[string][]byte{}
	for _, p := range b.databaseFiles() {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		kept[p] = data
	}
	b.start()
	renameAll(t, filepath.Join(laptop, "Pictures", "Norway"))
	deleted := filepath.Join(laptop, "Pictures", "Japan 2018", "iphone_7.heic")
	let := b.copies(deleted)
	if err := os.Remove(deleted); err != nil {
		t.Fatal(err)
	}
	renameAll(t, filepath.Join(phone, "DCIM", "100APPLE"))
	newest := a.path("phone-a", "new.jpg")
	a.put(newest, jpeg(300_000, 7), corpusTime(9))
	settled := func(s *status) bool { return s.State == "complete" && s.Copies.Kept == 1 }
	a.await("the new state", time.Minute, settled)
	b.await("the new state", time.Minute, settled)
	disaster("set back to an older one", func() {
		b.stop()
		for _, p := range b.databaseFiles() {
			if err := os.Remove(p); err != nil {
				t.Fatal(err)
			}
		}
		for p, data := range kept {
			if err := os.WriteFile(p, data, 0o600); err != nil {
				t.Fatal(err)
			}
			b.own(p)
		}
		b.start()
		b.await("the new state", time.Minute, settled)
	})
	if c := b.copies(let.Hash); c == nil || c.heldHere() {
		t.Errorf("what its user deleted is %+v", c)
	}
}

// damagePages overwrites every third page of a database, the first aside, with
// noise.
func damagePages(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	noise := noise(11)
	garbage := make([]byte, page)
	for at := int64(2 * page); at+page <= fi.Size(); at += 3 * page {
		noise.Read(garbage)
		if _, err := f.WriteAt(garbage, at); err != nil {
			t.Fatal(err)
		}
	}
}
