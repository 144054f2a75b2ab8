//go:build lab && linux

package labtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// volume is a disk image with a filesystem other than the machine's own, which
// can be taken off and put back.
type volume struct {
	t     *testing.T
	kind  string
	image string
	loop  string // device, where the driver wants one
	point string
}

// kinds are the filesystems that are tested, and the programs each needs.
var kinds = map[string][]string{
	"fat":   {"mkfs.vfat", "fusefat"},
	"exfat": {"mkfs.exfat", "mount.exfat-fuse", "losetup"},
	"ntfs":  {"mkntfs", "lowntfs-3g", "losetup"}, // with the names of Windows, case ignored
	"btrfs": {"mkfs.btrfs", "losetup", "filefrag"},
	"ext4":  {"mkfs.ext4", "losetup"},
}

// newVolume makes and mounts a filesystem for a host's user at that directory.
func newVolume(t *testing.T, h *host, kind, name string) *volume {
	t.Helper()
	return newVolumeOf(t, h, kind, name, 256<<20)
}

// newVolumeOf is newVolume for a disk of so many bytes.
func newVolumeOf(t *testing.T, h *host, kind, name string, size int64) *volume {
	t.Helper()
	for _, tool := range kinds[kind] {
		if _, err := exec.LookPath(tool); err == nil {
			continue
		} else if os.Getenv("HOMEROLL_LAB_REQUIRED") == "1" {
			t.Fatalf("the tests of filesystems are required here: %v", err)
		} else {
			t.Skip("skipped: ", err)
		}
	}
	v := &volume{t: t, kind: kind, image: h.path(name + ".img"), point: h.mkdir(h.path(name))}
	f, err := os.Create(v.image)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	v.must(map[string][]string{
		"fat":   {"mkfs.vfat", "-F", "32", v.image},
		"exfat": {"mkfs.exfat", v.image},
		"ntfs":  {"mkntfs", "-F", "-Q", "-q", v.image},
		"btrfs": {"mkfs.btrfs", "-q", v.image},
		"ext4":  {"mkfs.ext4", "-q", "-b", "4096", v.image},
	}[kind]...)
	if kind != "fat" {
		out, err := exec.Command("losetup", "-f", "--show", v.image).Output()
		if err != nil {
			t.Fatalf("losetup %s: %v", v.image, err)
		}
		v.loop = strings.TrimSpace(string(out))
		t.Cleanup(func() { _ = exec.Command("losetup", "-d", v.loop).Run() })
	}
	// A host has mounts of its own; those below a shared one come and go with ours.
	v.must("mount", "--bind", h.home, h.home)
	v.must("mount", "--make-shared", h.home)
	t.Cleanup(func() { _ = exec.Command("umount", "-l", h.home).Run() })
	t.Cleanup(func() {
		if v.mounted() {
			_ = exec.Command("umount", "-l", v.point).Run()
		}
	})
	v.mount("UTC")
	if kind == "btrfs" || kind == "ext4" {
		h.own(v.point)
	}
	return v
}

// mount puts the disk in its place on a computer of that zone.
func (v *volume) mount(zone string) {
	v.t.Helper()
	user := fmt.Sprintf("uid=%d,gid=%d", nobody.Uid, nobody.Gid)
	argv := map[string][]string{
		"fat":   {"fusefat", "-o", "rw+,allow_other," + user, v.image, v.point},
		"exfat": {"mount.exfat-fuse", "-o", user, v.loop, v.point},
		"ntfs":  {"lowntfs-3g", "-o", "ignore_case,windows_names," + user, v.loop, v.point},
		"btrfs": {"mount", v.loop, v.point},
		"ext4":  {"mount", v.loop, v.point},
	}[v.kind]
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "TZ="+zone)
	if err := cmd.Run(); err != nil {
		v.t.Fatalf("%v: %v", argv, err)
	}
	if _, ok := eventually(10*time.Second, 20*time.Millisecond, v.mounted); !ok {
		v.t.Fatalf("%v is not mounted", argv)
	}
}

func (v *volume) mounted() bool {
	var here, above syscall.Stat_t
	return syscall.Stat(v.point, &here) == nil && syscall.Stat(filepath.Dir(v.point), &above) == nil && here.Dev != above.Dev
}

// unmount takes the disk off; everything is written to it then.
func (v *volume) unmount() {
	v.t.Helper()
	v.must("umount", v.point)
	if v.kind == "btrfs" || v.kind == "ext4" {
		return
	}
	// The driver's process writes the rest after the mount has gone.
	if _, ok := eventually(10*time.Second, 50*time.Millisecond, func() bool { return !v.driven() }); !ok {
		v.t.Fatalf("%s is unmounted and still in use", v.image)
	}
}

// driven reports whether a driver still runs on the disk.
func (v *volume) driven() bool {
	disk := v.image
	if v.loop != "" {
		disk = v.loop
	}
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, p := range lines {
		if raw, err := os.ReadFile(p); err == nil && slices.Contains(strings.Split(string(raw), "\x00"), disk) {
			return true
		}
	}
	return false
}

func (v *volume) must(argv ...string) {
	v.t.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		v.t.Fatalf("%v: %v\n%s", argv, err, out)
	}
}
