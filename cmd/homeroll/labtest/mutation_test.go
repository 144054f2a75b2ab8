//go:build lab && linux

package labtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutation is one call left out that makes something durable.
type mutation struct {
	name, file string
	old, new   string // the old text is there exactly once
}

// mutations are those on the road of a received item.
var mutations = []mutation{
	{"received file", "store/internal/vault/partial.go", "err = p.f.Sync()", "err = nil"},
	{"received small file", "store/internal/vault/draft.go", "err := d.v.tide.sync(d.f, d.order, d.size)", "err := error(nil)"},
	{"names log", "store/internal/vault/names.go", "err := v.names.f.Sync()", "err := error(nil)"},
	{"directories that get an entry", "store/internal/vault/batch.go", "{b.gets, b.lose} {\n\t\tfor dirs", "{b.lose} {\n\t\tfor dirs"},
	{"directories that lose an entry", "store/internal/vault/batch.go", "{b.gets, b.lose} {\n\t\tfor dirs", "{b.gets} {\n\t\tfor dirs"},
	{"catalogue", "store/internal/catalogue/work.go", "synchronous = FULL", "synchronous = OFF"},
	{"copy", "store/internal/vault/copy.go", "err = dst.Sync()", "err = nil"},
	{"new time of a file", "store/internal/vault/copy.go", "return v.syncFile(p)\n}\n\n// S", "return nil\n}\n\n// S"},
}

// TestMissingSyncs shows that TestCrashPoints can fail: without any one of the
// syncs, some power cut loses what was held. It builds the program anew for each,
// so it runs only where HOMEROLL_LAB_MUTATIONS is set: to 1, or to a part of
// their names.
func TestMissingSyncs(t *testing.T) {
	which := os.Getenv("HOMEROLL_LAB_MUTATIONS")
	if which == "" {
		t.Skip("skipped: HOMEROLL_LAB_MUTATIONS is not set")
	}
	faultfs(t)
	s := stage(t, 300)
	ops := s.operations(crashModes[0].flags)
	for _, m := range mutations {
		if which != "1" && !strings.Contains(m.name, which) {
			continue
		}
		s.reader.bin = mutant(t, m)
		c, tries := s.firstFault(ops)
		if !c.bad() {
			t.Errorf("without the sync of the %s: nothing is lost at %d points", m.name, tries)
			continue
		}
		t.Logf("without the sync of the %s: found at point %d, %s: %s; then: %s", m.name, tries, c.where, c.verdict, c.after)
	}
}

// firstFault cuts the power at points from the end of the work backwards, where
// most is held, until something is wrong.
func (s *scene) firstFault(ops int) (c crash, tries int) {
	const points = 45
	for tries = 1; tries <= points; tries++ {
		mode := crashModes[tries%len(crashModes)]
		at := ops - (tries*7919)%(ops*2/3)
		if c = s.cutAt(mode.flags, at); c.bad() {
			c.where = mode.name + ", " + c.where
			return c, tries
		}
	}
	return c, points
}

// mutant builds the program without one call, from a copy of its source.
func mutant(t *testing.T, m mutation) string {
	t.Helper()
	root, err := repoRoot()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	copyFiles := exec.Command("bash", "-c", `git ls-files -co --exclude-standard -z | xargs -0 cp --parents -t "$0"`, dir)
	copyFiles.Dir = root
	if out, err := copyFiles.CombinedOutput(); err != nil {
		t.Fatalf("copy the source: %v: %s", err, out)
	}
	path := filepath.Join(dir, m.file)
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(raw), m.old); n != 1 {
		t.Fatalf("%s has %q %d times", m.file, m.old, n)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(raw), m.old, m.new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(world.scratch, "mutant")
	_ = os.Remove(bin)
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/homeroll")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build without the sync of the %s: %v: %s", m.name, err, out)
	}
	removeTree(t, dir)
	return bin
}
