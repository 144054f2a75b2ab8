package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/volume"
)

// filesystemFile remembers what a probe has found.
const filesystemFile = stateDir + "/filesystem"

// probed is what it says, as JSON: which filesystem was probed by which version
// of the probe, and what it can do.
type probed struct {
	Probe  int           `json:"probe"`
	Type   string        `json:"type"`
	ID     []string      `json:"id"`
	Traits volume.Traits `json:"traits"`
}

// probeVersion is raised when the probe asks for more.
const probeVersion = 1

// learnTraits probes the vault's filesystem, or remembers: a filesystem is
// probed once. Where a program drives it (FUSE), or another machine, what it
// can do depends on how it was mounted this time, which nothing tells. A full
// disk cannot be probed; then its type must do until the next start.
func (v *Vault) learnTraits() {
	m, err := disk.MountOf(v.dir)
	now := probed{Probe: probeVersion, Type: m.Type, ID: m.ID}
	lasting := err == nil && len(m.ID) > 0 && m.Remote == "" && !strings.HasPrefix(m.Type, "fuse")
	if before, ok := v.readProbed(); ok && lasting && before.is(now) {
		v.traits = before.Traits
		return
	}
	if now.Traits, err = volume.Probe(v.root, stateDir, m.Type); err != nil {
		v.traits = volume.Guess(v.dir)
		return
	}
	v.traits = now.Traits
	v.writeProbed(now)
}

func (p probed) is(q probed) bool {
	return p.Probe == q.Probe && p.Type == q.Type && strings.Join(p.ID, "\x00") == strings.Join(q.ID, "\x00")
}

func (v *Vault) readProbed() (p probed, ok bool) {
	b, err := v.root.ReadFile(filesystemFile)
	return p, err == nil && json.Unmarshal(b, &p) == nil
}

// writeProbed may fail, and needs no sync: what is lost or torn is probed again.
func (v *Vault) writeProbed(p probed) {
	if b, err := json.MarshalIndent(p, "", "  "); err == nil {
		_ = v.root.WriteFile(filesystemFile, append(b, '\n'), 0o666)
	}
}

// dropProbes removes what a probe left that was cut short.
func (v *Vault) dropProbes() error {
	d, err := v.root.Open(stateDir)
	if err != nil {
		return fmt.Errorf("read vault: %w", err)
	}
	names, err := d.Readdirnames(-1)
	for _, name := range names {
		if strings.HasPrefix(name, volume.ProbePrefix) {
			err = errors.Join(err, v.root.RemoveAll(path.Join(stateDir, name)))
		}
	}
	return errors.Join(err, d.Close())
}

// Traits returns what the vault's filesystem can do.
func (v *Vault) Traits() volume.Traits { return v.traits }

// setTime gives a file the nearest modification time that it can have here. A
// filesystem without times of its own is no error.
func (v *Vault) setTime(p string, mtime time.Time) error {
	if v.traits.Timeless {
		return nil
	}
	return volume.SetTime(v.root, p, v.traits.Settable(mtime))
}

// setOpenTime is setTime for a path below a directory of the vault, whose file was
// written through f.
func (v *Vault) setOpenTime(dir *os.Root, p string, f *os.File, mtime time.Time) error {
	if v.traits.Timeless {
		return nil
	}
	return volume.SetOpenTime(dir, p, f, v.traits.Settable(mtime))
}
