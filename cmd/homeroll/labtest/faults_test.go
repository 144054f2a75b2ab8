//go:build lab && linux

package labtest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// fault is what a disk refuses for a while.
type fault struct{ op, errno, where string }

// faults are refused by the vault or by the file of the catalogue.
func faults() (all []fault) {
	for _, errno := range []string{"EIO", "ENOSPC"} {
		for _, op := range []string{"write", "fsync", "rename", "create", "mkdir", "link", "setattr", "unlink"} {
			all = append(all, fault{op, errno, "Homeroll"})
		}
		for _, op := range []string{"write", "fsync"} {
			all = append(all, fault{op, errno, "catalogue.db"})
		}
	}
	return all
}

// TestDiskFaults: the receiver's disk fails for a moment at points all over its
// work. What fails is fetched again, nothing is called held that is not, even
// if the power goes off later, and all is complete by itself.
func TestDiskFaults(t *testing.T) {
	each := 4
	runs := (points(12, 100) + each - 1) / each
	faultfs(t)
	s := stage(t, 300)
	ops := s.operations([]string{"-crash"})
	list := faults()
	next, faulted, hit, named := 0, 0, 0, 0
	var total verdict
	for run := range runs {
		d := s.play([]string{"-crash"}, 0)
		s.reader.awaitAnswer()
		var done []string
		heard, unlinks := "", true
		for i := range each {
			f := list[next%len(list)]
			next += 7 // through all of them, in an order that mixes
			at := (run + 1 + i*runs) * ops / (runs*each + 1)
			said, failed := s.refuse(d, f, at)
			done = append(done, fmt.Sprintf("%s %s %s at %d: %q", f.op, f.errno, f.where, at, said))
			faulted++
			if failed {
				hit++
			}
			if said != "" && said != heard {
				named++
			}
			heard, unlinks = said, unlinks && f.op != "unlink"
		}
		after := s.complete(3 * time.Minute)
		if after == "" && unlinks { // else the next start tidies up
			after = s.leftovers()
		}
		d.tell("crash-at 1\n")
		s.reader.kill()
		d.unplug()
		announced := s.announced(s.sender.socket())
		removeTree(t, s.reader.home)
		if !d.recover(s.reader.home) {
			t.Fatal("faultfs cannot recover")
		}
		v := s.judge(s.reader.home, announced)
		total.add(v)
		if v.bad() > 0 || after != "" {
			t.Errorf("after %s: %v; %s", strings.Join(done, ", "), v, after)
		} else if testing.Verbose() {
			t.Logf("after %s: %v", strings.Join(done, ", "), v)
		}
		s.clear(d)
	}
	t.Logf("%d faults, %d of them met by the receiver's work, %d named in its status at once; in the end %v", faulted, hit, named, total)
}

// refuse lets an operation fail for a while, from the disk's at-th operation on
// or from when there are no more. It returns what the status says of it, and
// whether anything can have failed.
func (s *scene) refuse(d *faultDisk, f fault, at int) (said string, met bool) {
	s.t.Helper()
	last, still := 0, 0
	eventually(20*time.Second, 5*time.Millisecond, func() bool {
		n := d.count()
		if n == last {
			still++
		} else {
			last, still = n, 0
		}
		return n >= at || still > 200
	})
	d.tell(strings.Join([]string{f.op, f.errno, f.where}, " ") + "\n")
	defer d.tell("")
	before := d.count()
	eventually(400*time.Millisecond, 20*time.Millisecond, func() bool {
		out, _, code := s.reader.try("status", "--json")
		if code != 0 {
			return false
		}
		var st status
		s.reader.decode(out, &st)
		if st.ProblemCount > 0 || st.State == "waiting" && strings.Contains(st.Reason, "full") {
			said = st.Reason
		}
		return said != ""
	})
	return said, d.count() > before
}
