package volume

import (
	"runtime"
	"strings"
	"time"

	"homeroll/store/internal/disk"
)

// distrust corrects what a probe cannot see: some systems keep times in memory
// that the filesystem cannot write down, and no probe can wait for a change of
// the zone.
func (t *Traits) distrust(fstype string) {
	known := byType(fstype)
	if fstype == fuseBlock && t.Step < known.Step {
		t.OldWhole = true // NTFS, as ntfs-3g reads back what it wrote
		return
	}
	t.Step, t.Zoned = max(t.Step, known.Step), known.Zoned
	if known.First.After(t.First) {
		t.First = known.First
	}
	if !known.Last.IsZero() && (t.Last.IsZero() || known.Last.Before(t.Last)) {
		t.Last = known.Last
	}
}

// Guess returns what is known of the filesystem that dir lies on, without
// writing to it.
func Guess(dir string) Traits {
	m, err := disk.MountOf(disk.Resolve(dir))
	if err != nil {
		return Traits{}
	}
	t := byType(m.Type)
	if runtime.GOOS == "windows" {
		t.FoldsCase, t.Windows = true, true
	}
	return t
}

// fuseBlock is what Linux calls exFAT and NTFS alike, where programs drive them.
const fuseBlock = "fuseblk"

// byType knows the filesystems whose times are not what they seem.
func byType(fstype string) Traits {
	fat := Traits{FoldsCase: true, Windows: true, Step: 2 * time.Second, First: date(1980, 1, 2), Last: date(2107, 12, 30), Zoned: true}
	fstype = strings.ToLower(fstype)
	switch {
	case fstype == "exfat" || fstype == fuseBlock:
		// Which of the two it is, each time itself tells: see Shift.
		fat.Step = fatStep
		return fat
	case strings.Contains(fstype, "fat") || fstype == "msdos":
		return fat
	case strings.HasPrefix(fstype, "hfs") || fstype == "ext2" || fstype == "ext3":
		return Traits{Step: time.Second}
	}
	return Traits{}
}
