package discovery

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"homeroll/discovery/internal/roster"
	"homeroll/store/media"
)

// Keepsake is what the files of a state directory say of a device and its home.
type Keepsake struct {
	Device  media.Device
	Name    string // that the home knows it by; "" = not known
	Home    media.Home
	Members int // 0: there is no roster, so it belongs to no home yet
}

// KeepsakeFiles returns the names of the files in a state directory that say who
// the device is and which home it belongs to, and cannot be had again from
// anywhere else. The first must be there; the others may be missing.
func KeepsakeFiles() []string { return []string{keyFile, roster.FileName, bookFile} }

// Inspect reads the identity and the roster in a state directory, and changes
// nothing. The error is fs.ErrNotExist where there is no identity; where only the
// roster is damaged, the device is told all the same.
func Inspect(state string) (Keepsake, error) {
	path := filepath.Join(state, keyFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return Keepsake{}, fmt.Errorf("read identity: %w", err)
	}
	key, err := parseKey(data)
	if err != nil {
		return Keepsake{}, fmt.Errorf("read identity %s: %w", path, err)
	}
	id := newIdentity(key)
	k := Keepsake{Device: id.device}
	r, err := roster.Load(filepath.Join(state, roster.FileName), id)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return k, err
	}
	k.Home, k.Members = r.Home(), len(r.Members())
	if me, ok := r.Member(id.device); ok {
		k.Name = me.Name
	}
	return k, nil
}
