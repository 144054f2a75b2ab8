package disk

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// MountOf returns the mount that an existing, resolved path lies on.
func MountOf(path string) (Mount, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return Mount{}, fmt.Errorf("read filesystem of %s: %w", path, err)
	}
	fi, err := os.Stat(path)
	if err != nil {
		return Mount{}, err
	}
	m := Mount{Inodes: true}
	dev := uint64(0)
	if sys, ok := fi.Sys().(*syscall.Stat_t); ok {
		dev = uint64(sys.Dev)
	}
	line, ok := mountLineOf(path)
	if ok {
		m.Type, m.Inodes, m.Deaf = line.fstype, !looseInodes(line.fstype), isDeaf(line.fstype)
		if rel, err := filepath.Rel(line.point, path); err == nil {
			m.Real = line.dev + ":" + filepath.Join(line.root, rel)
		}
		if contains(remoteTypes, line.fstype) {
			m.Remote = line.fstype + ":" + line.source
		}
	}
	m.ID = filesystemID(line.source, st.Fsid.Val, dev)
	return m, nil
}

// filesystemID prefers what stays the same when the machine starts again.
func filesystemID(source string, fsid [2]int32, dev uint64) []string {
	if uuid := uuidOf(source); uuid != "" {
		return []string{"uuid", uuid}
	}
	if fsid != [2]int32{} {
		return []string{"fsid", fmt.Sprintf("%08x%08x", uint32(fsid[0]), uint32(fsid[1]))}
	}
	return []string{"dev", strconv.FormatUint(dev, 16)}
}

func uuidOf(source string) string {
	real, err := filepath.EvalSymlinks(source)
	if err != nil || !strings.HasPrefix(real, "/dev/") {
		return ""
	}
	const byUUID = "/dev/disk/by-uuid"
	entries, err := os.ReadDir(byUUID)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if to, err := filepath.EvalSymlinks(filepath.Join(byUUID, e.Name())); err == nil && to == real {
			return e.Name()
		}
	}
	return ""
}

type mountLine struct{ dev, root, point, fstype, source string }

func mountLineOf(path string) (mountLine, bool) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return mountLine{}, false
	}
	defer func() { _ = f.Close() }()
	return longestMount(f, path)
}

// longestMount reads the format of proc_pid_mountinfo(5). Of mounts on one
// point the last one covers the others.
func longestMount(r io.Reader, path string) (best mountLine, found bool) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		l, ok := parseMountLine(lines.Text())
		if ok && Within(path, l.point) && (!found || len(l.point) >= len(best.point)) {
			best, found = l, true
		}
	}
	return best, found
}

func parseMountLine(s string) (mountLine, bool) {
	before, after, ok := strings.Cut(s, " - ")
	fields, tail := strings.Fields(before), strings.Fields(after)
	if !ok || len(fields) < 5 || len(tail) < 2 {
		return mountLine{}, false
	}
	return mountLine{
		dev: fields[2], root: unescapeOctal(fields[3]), point: unescapeOctal(fields[4]),
		fstype: tail[0], source: unescapeOctal(tail[1]),
	}, true
}

// unescapeOctal undoes the kernel's \040 for a space.
func unescapeOctal(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
