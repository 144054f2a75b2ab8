package store

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/need"
	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// killedItems is how many items the receiver that is killed is given.
const killedItems = 200

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("HOMEROLL_TEST_RECEIVER"); dir != "" {
		if err := receiveUntilKilled(dir); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		fmt.Println("done")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// killedContent is small for most items and several groups long for some.
func killedContent(i int) []byte {
	size := 2000 + i
	if i%20 == 0 {
		size = 2*media.GroupSize + i
	}
	return bytesOf(fmt.Sprint("item ", i), size)
}

func fixedSigner(dir string) (testSigner, error) {
	b, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		return testSigner{}, err
	}
	key, err := hex.DecodeString(string(b))
	return testSigner{key}, err
}

// memory is a media.Source of bytes.
type memory struct {
	item    media.Item
	outline media.Outline
	io.ReaderAt
}

func memoryOf(b []byte) memory {
	it, o, _ := media.Hash(context.Background(), strings.NewReader(string(b)))
	return memory{it, o, strings.NewReader(string(b))}
}

func (m memory) Item() media.Item                { return m.item }
func (m memory) Outline() (media.Outline, error) { return m.outline, nil }
func (m memory) Close() error                    { return nil }

// receiveUntilKilled receives what is not held yet, ten items at a time, and
// says which are committed.
func receiveUntilKilled(dir string) error {
	signer, err := fixedSigner(dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s, err := Open(ctx, Config{
		State: filepath.Join(dir, "state"), Vault: filepath.Join(dir, "vault"), Signer: signer, Home: testHome, Reserve: 1,
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	var running, fetching sync.WaitGroup
	running.Go(func() { _ = s.Run(ctx) })
	errs := make(chan error, killedItems)
	limit := make(chan struct{}, 10)
	for i := range killedItems {
		src := memoryOf(killedContent(i))
		if _, err := s.cat.HeldItem(ctx, src.item.ID); err == nil {
			fmt.Println("held", i)
			continue
		}
		limit <- struct{}{}
		fetching.Go(func() {
			defer func() { <-limit }()
			err := receive(ctx, s, src)
			if err == nil {
				fmt.Println("committed", i)
			}
			errs <- err
		})
	}
	fetching.Wait()
	cancel()
	running.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return s.Close()
}

// TestKilledReceiverLosesNothing kills a process that commits items, again and
// again, at random moments, and looks at what it left each time.
func TestKilledReceiverLosesNothing(t *testing.T) {
	dir := t.TempDir()
	signer := newSigner(t)
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte(hex.EncodeToString(signer.key)), 0o600); err != nil {
		t.Fatal(err)
	}
	committed := map[int]bool{}
	rng := rand.New(rand.NewPCG(3, 4))
	kills := 0
	for done := false; !done; kills++ {
		if kills > 100 {
			t.Fatal("it never gets done")
		}
		done = runReceiver(t, dir, rng.IntN(25), committed)
		checkLeftovers(t, dir, signer, committed)
	}
	if len(committed) != killedItems {
		t.Errorf("%d of %d items committed", len(committed), killedItems)
	}
	s, err := Open(t.Context(), Config{State: filepath.Join(dir, "state"), Vault: filepath.Join(dir, "vault"), Signer: signer, Home: testHome, Reserve: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.comparePass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := draftsIn(t, filepath.Join(dir, "vault")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	t.Logf("done after %d runs", kills)
}

// draftsIn returns what was left of files that were being written.
func draftsIn(t *testing.T, dir string) (left []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err == nil && vault.IsDraft(e.Name()) {
			left = append(left, p)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return left
}

// runReceiver kills the receiver after so many lines of its output.
func runReceiver(t *testing.T, dir string, lines int, committed map[int]bool) (done bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOMEROLL_TEST_RECEIVER="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(out)
	seen := 0
	for scanner.Scan() {
		var i int
		line := scanner.Text()
		switch {
		case line == "done":
			done = true
		case strings.HasPrefix(line, "failed"):
			t.Error(line)
		case strings.HasPrefix(line, "held"):
			if _, err := fmt.Sscanf(line, "held %d", &i); err == nil {
				committed[i] = true
			}
		default:
			if _, err := fmt.Sscanf(line, "committed %d", &i); err == nil {
				committed[i] = true
			}
			if seen++; seen == lines+1 {
				_ = cmd.Process.Kill()
			}
		}
	}
	_ = cmd.Wait()
	return done
}

// checkLeftovers verifies that no file is partial under a final name, that
// every row has its whole file, and that what was acknowledged is held.
func checkLeftovers(t *testing.T, dir string, signer media.Signer, committed map[int]bool) {
	t.Helper()
	whole := map[media.ID]bool{}
	for i := range killedItems {
		whole[itemOf(t, killedContent(i)).ID] = true
	}
	vaultDir := filepath.Join(dir, "vault")
	_ = filepath.WalkDir(vaultDir, func(p string, e os.DirEntry, err error) error {
		if err != nil {
			t.Error(err)
			return nil
		}
		if e.IsDir() && e.Name() == ".homeroll" {
			return filepath.SkipDir
		}
		if e.Type().IsRegular() && e.Name() != ".homeroll-vault" && !vault.IsDraft(e.Name()) {
			b, err := os.ReadFile(p)
			if err != nil || !whole[itemOf(t, b).ID] {
				t.Errorf("%s is partial", p)
			}
		}
		return nil
	})
	cat, err := catalogue.Open(t.Context(), filepath.Join(dir, "state", "catalogue.db"), signer, testHome, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer cat.Close()
	rows, err := cat.VaultFiles(t.Context(), "", 10000)
	if err != nil {
		t.Fatal(err)
	}
	held := map[media.ID]bool{}
	for _, row := range rows {
		b, err := os.ReadFile(filepath.Join(vaultDir, row.Path))
		if err != nil || itemOf(t, b) != row.Item {
			t.Errorf("row %s without its bytes: %v", row.Path, err)
		}
		held[row.Item.ID] = true
	}
	for i := range committed {
		if !held[itemOf(t, killedContent(i)).ID] {
			t.Errorf("item %d was acknowledged and is lost", i)
		}
	}
}

// TestCommitAfterTheDirectoryWasMoved finds what a crash left between the name
// and the record.
func TestFileWithoutRecordIsAdopted(t *testing.T) {
	n := newNode(t)
	n.run()
	src := memoryOf(killedContent(0))
	if err := receive(t.Context(), n.Store, src); err != nil {
		t.Fatal(err)
	}
	info, err := n.Lookup(t.Context(), src.item.ID.String())
	if err != nil {
		t.Fatal(err)
	}
	p := info.Holders[0].Paths[0]
	rel, _ := filepath.Rel(n.vault().Dir(), p)
	// As if the transaction had not been reached.
	if err := n.cat.ChangeVault(t.Context(), catalogue.VaultChanges{Drop: []string{rel}}); err != nil {
		t.Fatal(err)
	}
	n.restart()
	if _, err := n.cat.HeldItem(t.Context(), src.item.ID); err != nil {
		t.Error("not adopted at the start:", err)
	}
	// And what its user changes is no longer the item, but stays as it is.
	n.run()
	if err := os.WriteFile(p, []byte("edited in the vault"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Read(t.Context(), src.item.ID); err == nil {
		t.Error("changed bytes were offered")
	}
	wait(t, "withdrawal", func() bool { _, err := n.cat.HeldItem(t.Context(), src.item.ID); return err != nil })
	if err := receive(t.Context(), n.Store, src); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(p); string(b) != "edited in the vault" {
		t.Error("the user's edit was overwritten")
	}
	if _, err := n.Read(t.Context(), src.item.ID); err != nil {
		t.Error(err)
	}
}

// A crash may come when a renamed file has its new name, and still its old one.
func TestHalfOfARenameIsCompletedAtTheStart(t *testing.T) {
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	at := func(p string) string { return filepath.Join(a.folder, p) }
	write(t, at("2004/first.jpg"), killedContent(0))
	write(t, at("2004/twin.jpg"), killedContent(0)) // stays, as another name of the same file
	a.scanned()
	r.converge()
	before, err := b.cat.VaultFiles(t.Context(), "", 10)
	if err != nil || len(before) != 2 {
		t.Fatalf("in the vault are %v, %v", before, err)
	}
	rename(t, at("2004/first.jpg"), at("fjord.jpg"))
	wait(t, "the rename", func() bool { return a.has(at("fjord.jpg")) && !a.has(at("2004/first.jpg")) })
	r.converge()

	dir := b.vault().Dir()
	for _, f := range before {
		if !strings.HasSuffix(f.Path, "first.jpg") {
			continue
		}
		moved := strings.Replace(f.Path, "2004/first.jpg", "fjord.jpg", 1)
		if err := os.Link(filepath.Join(dir, moved), filepath.Join(dir, f.Path)); err != nil {
			if b.vault().Traits().Links {
				t.Fatal(err)
			}
			need.Missing(t, "no hard links here: ", err)
		}
		if err := b.cat.ChangeVault(t.Context(), catalogue.VaultChanges{Drop: []string{moved}, Put: []catalogue.VaultFile{f}}); err != nil {
			t.Fatal(err)
		}
	}
	b.restart()
	b.run()
	r.converge() // compares the vault with the folder
	after, err := b.cat.VaultFiles(t.Context(), "", 10)
	if err != nil || len(after) != 2 {
		t.Errorf("in the vault are %v, %v", after, err)
	}
}

func TestInterruptedItemResumesByProof(t *testing.T) {
	n := newNode(t) // not run yet: what nobody names is tidied away
	content := bytesOf("resume", 4*media.GroupSize+3)
	src := memoryOf(content)
	in, err := n.Incoming(t.Context(), src.item)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Incoming(t.Context(), src.item); err == nil {
		t.Error("an item was opened twice")
	}
	if in.HasOutline() || in.Write(0, content[:media.GroupSize]) == nil {
		t.Error("a group was taken that nothing can verify")
	}
	if err := in.SetOutline(src.outline); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int64{0, 2, 4} {
		if err := in.Write(i, content[i*media.GroupSize:min(int64(len(content)), (i+1)*media.GroupSize)]); err != nil {
			t.Fatal(err)
		}
	}
	bad := append([]byte{1}, content[media.GroupSize+1:2*media.GroupSize]...)
	if err := in.Write(1, bad); err == nil {
		t.Error("a wrong group was taken")
	}
	if err := in.Commit(t.Context()); err == nil {
		t.Error("an item with gaps was committed")
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	// One proven group is damaged on the disk while nobody looks.
	partial := filepath.Join(n.cfg.Vault, ".homeroll/partial", src.item.ID.String())
	f, err := os.OpenFile(partial, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{0xff}, 2*media.GroupSize+9); err != nil {
		t.Fatal(err)
	}
	f.Close()
	in, err = n.Incoming(t.Context(), src.item)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.SetOutline(src.outline); err != nil {
		t.Fatal(err)
	}
	var missing []int64
	for first, count := in.NextMissing(0); count > 0; first, count = in.NextMissing(first + count) {
		for i := range count {
			missing = append(missing, first+i)
		}
	}
	if fmt.Sprint(missing) != "[1 2 3]" {
		t.Errorf("missing %v", missing)
	}
	n.run()
	for _, i := range missing {
		if err := in.Write(i, content[i*media.GroupSize:(i+1)*media.GroupSize]); err != nil {
			t.Fatal(err)
		}
	}
	if err := in.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(n.cfg.Vault, ".homeroll/partial/*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestRoomIsPromisedOnce(t *testing.T) {
	n := newNode(t)
	n.close()
	n.cfg.Budget = 10_000
	n.open()
	n.run()
	a, b := memoryOf(bytesOf("a", 6000)), memoryOf(bytesOf("b", 6000))
	in, err := n.Incoming(t.Context(), a.item)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Incoming(t.Context(), b.item); err == nil || !strings.Contains(err.Error(), ErrNoSpace.Error()) {
		t.Errorf("the same room was promised twice: %v", err)
	}
	in.Close()
	if err := receive(t.Context(), n.Store, b); err != nil {
		t.Fatal(err)
	}
	sp, err := n.Space()
	if err != nil || sp.Used != 6000 || sp.Room != 4000 {
		t.Errorf("%+v %v", sp, err)
	}
}

func TestDamagedCatalogueIsRebuilt(t *testing.T) {
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	write(t, filepath.Join(a.folder, "x/one.jpg"), []byte("one"))
	write(t, filepath.Join(a.folder, "odd-\xff.jpg"), bytesOf("odd", media.GroupSize+1))
	a.scanned()
	r.converge()
	b.close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		p := filepath.Join(b.cfg.State, "catalogue.db"+suffix)
		if fi, err := os.Stat(p); err == nil {
			if err := os.WriteFile(p, bytesOf("garbage", int(max(fi.Size(), 5000))), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.cfg.Log = slog.New(slog.DiscardHandler)
	b.open()
	if aside, _ := filepath.Glob(filepath.Join(b.cfg.State, "catalogue.db.corrupt-*")); len(aside) == 0 {
		t.Error("the damaged catalogue was not kept")
	}
	members := []media.Device{a.device(), b.device()}
	if err := b.SetMembers(t.Context(), members); err != nil {
		t.Fatal(err)
	}
	b.addFolder(b.folder)
	b.run()
	wait(t, "adoption", func() bool { c, err := b.cat.VaultCount(t.Context()); return err == nil && c.Files == 2 })
	r.sent = 0
	r.converge()
	if r.sent != 0 {
		t.Errorf("%d bytes were fetched again", r.sent)
	}
}

func TestVaultOfAnotherDeviceIsRefused(t *testing.T) {
	n := newNode(t)
	cfg := testConfig(t, t.TempDir(), newSigner(t))
	cfg.Vault = n.cfg.Vault
	if _, err := Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "another device") {
		t.Errorf("opened: %v", err)
	}
	cfg.Vault = filepath.Join(n.cfg.Vault, "inside")
	if _, err := Open(t.Context(), cfg); err == nil {
		t.Error("a vault inside a vault was opened")
	}
}
