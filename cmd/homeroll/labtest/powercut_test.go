//go:build lab && linux

package labtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// shutDown is the request, and its argument, that has ext4, XFS and F2FS write
// nothing more, not even their journal: to the disk, the power has gone off.
const (
	shutDown    = 0x8004587d // _IOR('X', 125, __u32)
	withoutSync = 2
)

// powerDisk is a real filesystem, in a file, that loses its power.
type powerDisk struct {
	t     *testing.T
	image string // as it is when the play begins
	point string
	used  string // the image that is mounted, "" = none
}

// newPowerDisk makes an ext4 of what is in dir, to be mounted at point, a directory
// that is there.
func newPowerDisk(t *testing.T, dir, point string) *powerDisk {
	t.Helper()
	if _, err := exec.LookPath("mkfs.ext4"); err != nil && os.Getenv("HOMEROLL_LAB_REQUIRED") == "1" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip("skipped: ", err)
	}
	d := &powerDisk{t: t, image: filepath.Join(t.TempDir(), "ext4.img"), point: point}
	// A host has mounts of its own; those below a shared one come and go with ours.
	above := filepath.Dir(point)
	must(t, "mount", "--bind", above, above)
	t.Cleanup(func() { _ = exec.Command("umount", "-l", above).Run() })
	must(t, "mount", "--make-shared", above)
	must(t, "mkfs.ext4", "-q", "-b", "4096", "-E", "root_owner=65534:65534", d.image, "512M")
	t.Cleanup(d.unmount)
	must(t, "mount", "-o", "loop", d.image, point)
	must(t, "cp", "-a", dir+"/.", point)
	must(t, "umount", point)
	d.awaitGone(d.image)
	return d
}

// mount begins with the disk as it was made.
func (d *powerDisk) mount() {
	d.t.Helper()
	d.used = d.image + ".used"
	must(d.t, "cp", "--sparse=always", d.image, d.used)
	must(d.t, "mount", "-o", "loop", d.used, d.point)
}

// cut ends all writing at once.
func (d *powerDisk) cut() {
	d.t.Helper()
	f, err := os.Open(d.point)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	if err := unix.IoctlSetPointerInt(int(f.Fd()), shutDown, withoutSync); err != nil {
		d.t.Fatalf("cut the power of %s: %v", d.point, err)
	}
}

// replug mounts what survived, once nobody sees the disk as it was: a host's mounts
// go a moment after its last process.
func (d *powerDisk) replug() {
	d.t.Helper()
	must(d.t, "umount", d.point)
	d.awaitGone(d.used)
	must(d.t, "mount", "-o", "loop", d.used, d.point)
}

func (d *powerDisk) awaitGone(image string) {
	d.t.Helper()
	if _, ok := eventually(20*time.Second, 5*time.Millisecond, func() bool {
		out, err := exec.Command("losetup", "-j", image).Output()
		return err == nil && len(out) == 0
	}); !ok {
		d.t.Fatalf("%s is unmounted and still in use", image)
	}
}

func (d *powerDisk) unmount() {
	if d.used == "" {
		return
	}
	_ = exec.Command("umount", "-l", d.point).Run()
	_ = os.Remove(d.used)
	d.used = ""
}

func must(t *testing.T, argv ...string) {
	t.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v: %s", argv, err, out)
	}
}

// TestPowerCuts: the power of a receiver's ext4, state and vault both, is cut at
// moments all over its work; here many files are made durable by one call. What it
// had called held is there and whole, and after a restart it completes by itself.
func TestPowerCuts(t *testing.T) {
	moments := points(6, 100)
	s := stage(t, 300)
	removeTree(t, s.reader.home)
	if err := os.Mkdir(s.reader.home, 0o755); err != nil {
		t.Fatal(err)
	}
	d := newPowerDisk(t, filepath.Join(s.backup, "reader"), s.reader.home)
	span := s.workTime(d)
	var total verdict
	failures, busy := 0, 0
	for i := range moments {
		after := span * time.Duration(i+1) / time.Duration(moments)
		v, wrong := s.cutAfter(d, after)
		total.add(v)
		if v.recorded > 0 && v.recorded < len(s.hashes) {
			busy++
		}
		if testing.Verbose() {
			t.Logf("after %v: %s", after.Round(time.Millisecond), v)
		}
		if v.bad() > 0 || wrong != "" {
			failures++
			t.Errorf("after %v: %s; then: %s", after, v, wrong)
		}
	}
	t.Logf("%d power cuts over %v, %d of them in the middle: %v; %d with a fault", moments, span.Round(time.Millisecond), busy, total, failures)
}

// workTime plays once without a fault, and returns how long it takes.
func (s *scene) workTime(d *powerDisk) time.Duration {
	s.t.Helper()
	began := s.playOn(d)
	defer s.clearDisk(d)
	s.reader.awaitAnswer()
	if diff := s.whole(2 * time.Minute); diff != "" {
		s.t.Fatalf("without a power cut: %s", diff)
	}
	return time.Since(began)
}

func (s *scene) playOn(d *powerDisk) (began time.Time) {
	s.t.Helper()
	removeTree(s.t, s.sender.path(".local"))
	copyTree(s.t, filepath.Join(s.backup, "sender"), s.sender.path(".local"))
	s.sender.start()
	d.mount()
	began = time.Now()
	s.reader.launch()
	return began
}

func (s *scene) clearDisk(d *powerDisk) {
	for _, h := range []*host{s.reader, s.sender} {
		if h.run != nil {
			h.kill()
		}
	}
	d.unmount()
}

// cutAfter plays until a moment, cuts the power, looks at what survived, and starts
// the receiver on it.
func (s *scene) cutAfter(d *powerDisk, span time.Duration) (v verdict, wrong string) {
	s.t.Helper()
	began := s.playOn(d)
	defer s.clearDisk(d)
	<-time.After(time.Until(began.Add(span))) // the moment is what is tested, not what is waited for
	d.cut()
	s.reader.kill()
	announced := s.announced(s.sender.socket())
	d.replug()
	v = s.judge(s.reader.home, announced)
	s.reader.start()
	wrong = s.whole(2 * time.Minute)
	if wrong != "" {
		wrong = fmt.Sprintf("after the restart: %s", wrong)
	}
	return v, wrong
}
