package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"homeroll/store/media"
)

// testSigner is an identity that lives as long as its test.
type testSigner struct{ key ed25519.PrivateKey }

func newSigner(t testing.TB) testSigner {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return testSigner{key}
}

func (s testSigner) Device() media.Device {
	return media.DeviceOf(s.key.Public().(ed25519.PublicKey))
}
func (s testSigner) Sign(m []byte) []byte { return ed25519.Sign(s.key, m) }

var testHome = media.Home{1, 2, 3}

// node is a store with what a test needs of it.
type testNode struct {
	*Store
	cfg    Config
	folder string
	t      testing.TB
	stop   func()
	cancel context.CancelFunc // has the run stop, and does not wait
}

func testConfig(t testing.TB, dir string, signer media.Signer) Config {
	return Config{
		State: filepath.Join(dir, "state"), Vault: filepath.Join(dir, "vault"), Signer: signer, Home: testHome, Reserve: 1,
		Settle: 50 * time.Millisecond, Log: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Logf("%s", bytes.TrimSpace(b))
	return len(b), nil
}

// newNode opens a store with one folder; it does not run yet.
func newNode(t testing.TB) *testNode {
	dir := t.TempDir()
	n := &testNode{cfg: testConfig(t, dir, newSigner(t)), folder: filepath.Join(dir, "Pictures"), t: t}
	mkdir(t, n.folder)
	n.open()
	n.addFolder(n.folder)
	t.Cleanup(n.close)
	return n
}

func (n *testNode) open() {
	n.t.Helper()
	s, err := Open(n.t.Context(), n.cfg)
	if err != nil {
		n.t.Fatal(err)
	}
	n.Store = s
	if err := s.SetMembers(n.t.Context(), []media.Device{n.device()}); err != nil {
		n.t.Fatal(err)
	}
}

func (n *testNode) device() media.Device { return n.cfg.Signer.Device() }

func (n *testNode) addFolder(path string, ignore ...string) {
	n.t.Helper()
	if err := n.AddFolder(n.t.Context(), FolderConfig{Path: path, Ignore: ignore}); err != nil {
		n.t.Fatal(err)
	}
}

// run starts the store; close stops it.
func (n *testNode) run() *testNode {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := n.Store.Run(ctx); err != nil {
			n.t.Error(err)
		}
	})
	n.stop, n.cancel = func() { cancel(); wg.Wait() }, cancel
	return n
}

func (n *testNode) close() {
	if n.stop != nil {
		n.stop()
		n.stop = nil
	}
	if n.Store != nil {
		if err := n.Store.Close(); err != nil {
			n.t.Error(err)
		}
		n.Store = nil
	}
}

// restart stops the store and opens it again; it does not run yet.
func (n *testNode) restart(folders ...string) {
	n.t.Helper()
	n.close()
	n.open()
	for _, f := range folders {
		n.addFolder(f)
	}
}

// wait waits until cond holds, looking again at each change and now and then.
func wait(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for: %s", what)
		}
		<-tick.C
	}
}

// scanned waits until no folder is scanned any more.
func (n *testNode) scanned() {
	n.t.Helper()
	wait(n.t, "end of the scan", func() bool { return !n.Progress().Scanning })
	// What was hashed last is recorded within the next batch.
	wait(n.t, "records", func() bool { return len(n.recorder.in) == 0 && n.settledRecords() })
}

func (n *testNode) settledRecords() bool {
	before := n.files()
	sleep(n.t.Context(), 3*recordLinger)
	return fmt.Sprint(before) == fmt.Sprint(n.files())
}

// files returns the recorded files of all folders, with their items.
func (n *testNode) files() map[string]media.Item {
	all := map[string]media.Item{}
	for _, f := range n.watched() {
		page, err := n.cat.Files(context.Background(), f.id, "", 100000)
		if err != nil {
			n.t.Fatal(err)
		}
		for _, file := range page {
			all[filepath.Join(f.path, file.Path)] = file.Item
		}
	}
	return all
}

func (n *testNode) has(path string) bool {
	_, ok := n.files()[path]
	return ok
}

func mkdir(t testing.TB, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

var old = time.Date(2020, 5, 4, 3, 2, 1, 123456789, time.UTC)

// write makes a file with old contents, so that it counts as settled.
func write(t testing.TB, path string, content []byte) {
	t.Helper()
	mkdir(t, filepath.Dir(path))
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
}

// bytesOf returns content that depends on its seed.
func bytesOf(seed string, size int) []byte {
	b := bytes.Repeat([]byte(seed+"\n"), size/(len(seed)+1)+1)
	return b[:size]
}

func itemOf(t testing.TB, content []byte) media.Item {
	t.Helper()
	it, _, err := media.Hash(context.Background(), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// receive feeds an item to a store as the exchange does.
func receive(ctx context.Context, to *Store, src media.Source) error {
	in, err := to.Incoming(ctx, src.Item())
	if err != nil {
		return err
	}
	defer in.Close()
	if !in.HasOutline() {
		o, err := src.Outline()
		if err != nil {
			return err
		}
		if err := in.SetOutline(o); err != nil {
			return err
		}
	}
	buf := make([]byte, media.GroupSize)
	for first, n := in.NextMissing(0); n > 0; first, n = in.NextMissing(first) {
		group := buf[:media.GroupLen(src.Item().Size, first)]
		if _, err := src.ReadAt(group, first*media.GroupSize); err != nil && err != io.EOF {
			return err
		}
		if err := in.Write(first, group); err != nil {
			return err
		}
	}
	return in.Commit(ctx)
}
