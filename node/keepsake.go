package node

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"homeroll/discovery"
	"homeroll/node/config"
	"homeroll/store"
	"homeroll/store/media"
)

// A keepsake is a tar archive of what cannot be had again if a state directory
// is lost: the device's key, the roster of its home, and its settings. Its first
// entry says what it is, and the hash of every file in it.
const (
	aboutFile     = "homeroll-state.json"
	keepsakeTotal = 4 << 20 // bytes; no file of it but that of marks is larger than 1 MiB
	keepsakeMarks = 2 << 20 // bytes of marks; more are told by the other devices
)

// Keepsake says whose state an archive holds.
type Keepsake struct {
	Device  media.Device
	Name    string // that its home knows it by; "" = not known
	Members int    // of its home, itself included
	Created time.Time
	Files   []string
}

// about is the first entry of the archive.
type about struct {
	Schema  int                 `json:"schema"`
	Device  media.Device        `json:"device"`
	Name    string              `json:"name,omitempty"`
	Created time.Time           `json:"created"`
	Files   map[string]media.ID `json:"files"` // name to BLAKE3 hash
}

// Errors of keepsakes that callers branch on.
var (
	// ErrNoState: there is no device in the state directory.
	ErrNoState = errors.New("no device has run on this state directory")
	// ErrKeepsake: the archive is none, or is not whole.
	ErrKeepsake = errors.New("not a whole export of a state")
	// ErrOtherDevice: another device's state is in the way.
	ErrOtherDevice = errors.New("the state directory belongs to another device")
)

func keepsakeFiles() []string {
	return append(discovery.KeepsakeFiles(), filepath.Base(config.File("")), store.MarksFile)
}

// ExportState writes the archive of a state directory to w; a node may be running on it.
func ExportState(state string, now time.Time, w io.Writer) (Keepsake, error) {
	kept, err := discovery.Inspect(state)
	if errors.Is(err, fs.ErrNotExist) {
		return Keepsake{}, fmt.Errorf("export state: %w: %s", ErrNoState, state)
	}
	if err != nil {
		return Keepsake{}, fmt.Errorf("export state: %w", err)
	}
	k := Keepsake{Device: kept.Device, Name: kept.Name, Members: max(1, kept.Members), Created: now.UTC().Truncate(time.Second)}
	bodies := map[string][]byte{}
	for _, name := range keepsakeFiles() {
		body, err := os.ReadFile(filepath.Join(state, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return k, fmt.Errorf("export state: %w", err)
		}
		if name == store.MarksFile && len(body) > keepsakeMarks {
			continue
		}
		bodies[name] = body
		k.Files = append(k.Files, name)
	}
	if err := writeKeepsake(w, k, bodies); err != nil {
		return k, fmt.Errorf("export state: %w", err)
	}
	return k, nil
}

func writeKeepsake(w io.Writer, k Keepsake, bodies map[string][]byte) error {
	a := about{Schema: 1, Device: k.Device, Name: k.Name, Created: k.Created, Files: map[string]media.ID{}}
	for name, body := range bodies {
		a.Files[name] = media.Sum(body)
	}
	first, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	out := tar.NewWriter(w)
	add := func(name string, body []byte) error {
		h := &tar.Header{Name: name, Mode: 0o600, Size: int64(len(body)), ModTime: k.Created, Format: tar.FormatPAX}
		if err := out.WriteHeader(h); err != nil {
			return err
		}
		_, err := out.Write(body)
		return err
	}
	if err := add(aboutFile, append(first, '\n')); err != nil {
		return err
	}
	for _, name := range k.Files {
		if err := add(name, bodies[name]); err != nil {
			return err
		}
	}
	return out.Close()
}

// readKeepsake reads a whole archive and checks every hash before anything is
// done with it.
func readKeepsake(r io.Reader) (about, map[string][]byte, error) {
	var a about
	bodies := map[string][]byte{}
	in := tar.NewReader(io.LimitReader(r, keepsakeTotal))
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return a, nil, fmt.Errorf("%w: %w", ErrKeepsake, err)
		}
		known := h.Name == aboutFile || slices.Contains(keepsakeFiles(), h.Name)
		if !known || h.Typeflag != tar.TypeReg {
			continue // of a later version
		}
		body, err := io.ReadAll(in)
		if err != nil {
			return a, nil, fmt.Errorf("%w: %w", ErrKeepsake, err)
		}
		bodies[h.Name] = body
	}
	if err := json.Unmarshal(bodies[aboutFile], &a); err != nil || a.Schema != 1 {
		return a, nil, fmt.Errorf("%w: it does not say what it is", ErrKeepsake)
	}
	delete(bodies, aboutFile)
	for name, want := range a.Files {
		if body, ok := bodies[name]; slices.Contains(keepsakeFiles(), name) && (!ok || media.Sum(body) != want) {
			return a, nil, fmt.Errorf("%w: %s is missing or damaged", ErrKeepsake, name)
		}
	}
	for name := range bodies {
		if _, said := a.Files[name]; !said {
			delete(bodies, name)
		}
	}
	return a, bodies, nil
}

// ImportState puts the files of an archive into a state directory on which no node runs, all of
// them or none. The state of another device is refused (ErrOtherDevice); that of the same one is
// replaced if replace is set, and otherwise an error (fs.ErrExist) that changes nothing.
func ImportState(state string, replace bool, r io.Reader) (Keepsake, error) {
	a, bodies, err := readKeepsake(r)
	if err != nil {
		return Keepsake{}, fmt.Errorf("import state: %w", err)
	}
	if err := os.MkdirAll(state, 0o700); err != nil {
		return Keepsake{}, fmt.Errorf("import state: %w", err)
	}
	lock, err := lockState(state, time.Now())
	if err != nil {
		return Keepsake{}, err
	}
	defer lock.Close()
	staged, err := os.MkdirTemp(state, ".import-*")
	if err != nil {
		return Keepsake{}, fmt.Errorf("import state: %w", err)
	}
	defer os.RemoveAll(staged)
	k, err := stage(staged, a, bodies)
	if err == nil {
		err = mayReplace(state, k.Device, replace)
	}
	if err == nil {
		err = putInPlace(staged, state, k.Files)
	}
	if err != nil {
		return Keepsake{}, fmt.Errorf("import state: %w", err)
	}
	return k, nil
}

// stage writes the files to a directory of their own and reads them as a node
// would.
func stage(dir string, a about, bodies map[string][]byte) (Keepsake, error) {
	k := Keepsake{Created: a.Created}
	for _, name := range keepsakeFiles() {
		body, ok := bodies[name]
		if !ok {
			continue
		}
		if err := writeSynced(filepath.Join(dir, name), body); err != nil {
			return k, err
		}
		k.Files = append(k.Files, name)
	}
	kept, err := discovery.Inspect(dir)
	if err != nil {
		return k, fmt.Errorf("%w: %w", ErrKeepsake, err)
	}
	if _, err := config.Load(config.File(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	k.Device, k.Name, k.Members = kept.Device, kept.Name, max(1, kept.Members)
	return k, nil
}

func writeSynced(path string, body []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// mayReplace refuses to overwrite a device.
func mayReplace(state string, device media.Device, replace bool) error {
	there, err := discovery.Inspect(state)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case there.Device != "" && there.Device != device:
		return fmt.Errorf("%w (%s): %s", ErrOtherDevice, there.Device.Short(), state)
	case !replace:
		return fmt.Errorf("%w: this device's state is there already: %s", fs.ErrExist, state)
	}
	return nil
}

// putInPlace renames the staged files, the key last: a directory with a key is
// one with all the rest.
func putInPlace(staged, state string, names []string) error {
	for _, name := range slices.Backward(names) {
		if err := os.Rename(filepath.Join(staged, name), filepath.Join(state, name)); err != nil {
			return err
		}
	}
	return syncDir(state)
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be opened for syncing there
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
