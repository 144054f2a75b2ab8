//go:build lab && linux

package labtest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// crashModes are the ways in which a disk may lose what was not synced.
var crashModes = []struct {
	name  string
	flags []string
}{
	{"plain", []string{"-crash"}},
	{"torn", []string{"-crash", "-torn"}},
	{"eager", []string{"-crash", "-eager"}},
}

// TestCrashPoints: the power of a receiver's disk, state and vault both, is cut at
// points all over its work. What it had called held is there and whole, and
// after a restart it completes by itself.
func TestCrashPoints(t *testing.T) {
	points := points(9, 300)
	faultfs(t)
	s := stage(t, 300)
	var total verdict
	cuts, failures, voids := 0, 0, 0
	for i := range points {
		mode := crashModes[i%len(crashModes)]
		ops := s.operations(mode.flags)
		at := 1 + i*ops/points
		c := s.cutAt(mode.flags, at)
		for try := 1; c.void && try < 10; try++ {
			voids++
			c = s.cutAt(mode.flags, at+7*try)
		}
		total.add(c.verdict)
		if c.where != "" {
			cuts++
		}
		if testing.Verbose() {
			t.Logf("%s, %d of %d, %s: %s", mode.name, at, ops, c.where, c.verdict)
		}
		if c.bad() {
			failures++
			t.Errorf("%s, %s: %s; then: %s", mode.name, c.where, c.verdict, c.after)
		}
	}
	t.Logf("%d points over about %d operations, %d power cuts (%d repeated for a fault of the filesystem): %v; %d points with a fault",
		points, s.operations(nil), cuts, voids, total, failures)
}

// crash is what a power cut did.
type crash struct {
	where   string // "" if the work was done before
	void    bool   // the filesystem itself failed
	verdict verdict
	after   string // what was wrong after the restart
}

func (c crash) bad() bool { return c.verdict.bad() > 0 || c.after != "" }

// operations returns how many operations the receiver's disk sees until it is complete.
func (s *scene) operations(flags []string) int {
	if s.ops > 0 {
		return s.ops
	}
	d := s.play(flags, 0)
	s.reader.awaitAnswer()
	if diff := s.whole(2 * time.Minute); diff != "" {
		s.t.Fatalf("without a crash: %s", diff)
	}
	s.ops = d.count()
	s.clear(d)
	return s.ops
}

// play starts both devices from the beginning, the receiver on a disk whose
// power goes off at an operation.
func (s *scene) play(flags []string, at int) *faultDisk {
	s.t.Helper()
	src := filepath.Join(filepath.Dir(s.reader.home), "disk")
	s.rewind(src)
	removeTree(s.t, s.reader.home)
	if err := os.Mkdir(s.reader.home, 0o755); err != nil {
		s.t.Fatal(err)
	}
	s.sender.start()
	d := mountFaults(s.t, src, s.reader.home, flags...)
	if at > 0 {
		d.tell(fmt.Sprintf("crash-at %d\n", at))
	}
	s.reader.launch()
	return d
}

// clear ends both nodes and the disk.
func (s *scene) clear(d *faultDisk) {
	for _, h := range []*host{s.reader, s.sender} {
		if h.run != nil {
			h.kill()
		}
	}
	d.unplug()
}

// cutAt plays until the disk's power goes off, looks at what survived, and
// starts the receiver on it.
func (s *scene) cutAt(flags []string, at int) (c crash) {
	s.t.Helper()
	d := s.play(flags, at)
	defer s.clear(d)
	eventually(2*time.Minute, 20*time.Millisecond, func() bool {
		var off bool
		if c.where, off = d.crashed(); off {
			return true
		}
		return d.over || d.count() > s.ops && s.finished()
	})
	s.reader.kill()
	if c.void = d.over && c.where == ""; c.void {
		return c
	}
	d.unplug()
	announced := s.announced(s.sender.socket())
	if c.void = !d.recover(s.reader.home); c.void {
		return c
	}
	c.verdict = s.judge(s.reader.home, announced)
	s.reader.start()
	c.after = s.whole(2 * time.Minute)
	return c
}

// finished reports whether the receiver has nothing left to do.
func (s *scene) finished() bool {
	out, _, code := s.reader.try("status", "--json")
	if code != 0 {
		return false
	}
	var st status
	s.reader.decode(out, &st)
	return complete(&st)
}
