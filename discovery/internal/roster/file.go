package roster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/proto"

	"homeroll/discovery/internal/roster/internal/rosterpb"
	"homeroll/store/media"
)

const fileVersion = 1

// Load reads the roster at path. The error is fs.ErrNotExist where there is
// none, and [ErrCorrupt] where it cannot be trusted: homeroll then does not
// guess who belongs to the home.
func Load(path string, self media.Signer) (*Roster, error) {
	b, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read roster: %w", err)
	}
	r := newRoster(path, self)
	if err := r.decode(b); err != nil {
		return nil, fmt.Errorf("read roster %s: %w: %w", path, ErrCorrupt, err)
	}
	return r, nil
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > MaxSize {
		return nil, fmt.Errorf("%s: %w: %d bytes", path, ErrCorrupt, info.Size())
	}
	return os.ReadFile(path)
}

func (r *Roster) decode(b []byte) error {
	var f rosterpb.File
	if err := proto.Unmarshal(b, &f); err != nil {
		return err
	}
	if f.Version != fileVersion {
		return fmt.Errorf("written by another version (format %d)", f.Version)
	}
	home, err := idOf(f.Home)
	if err != nil {
		return err
	}
	r.home = media.Home(home)
	if r.all, err = merge(r.home, map[ID]*statement{}, statementsFrom(f.Statements)); err != nil {
		return err
	}
	if digest := digestOf(r.all); string(digest[:]) != string(f.Digest) {
		return errors.New("statements are missing")
	}
	for _, g := range f.Farewells {
		home, err := idOf(g.Home)
		if err != nil {
			return err
		}
		r.farewells = append(r.farewells, farewell{media.Home(home), statementsFrom(g.Statements)})
	}
	r.view = evaluate(r.all)
	return nil
}

// save writes temp beside target, syncs, renames over, and syncs the directory.
func save(path string, home media.Home, all map[ID]*statement, farewells []farewell) (err error) {
	b, err := encodeFile(home, all, farewells)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".roster-*") // 0600
	if err != nil {
		return fmt.Errorf("save roster: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("save roster: %w", err)
			_ = os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(b)
	if err == nil {
		err = tmp.Sync()
	}
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func encodeFile(home media.Home, all map[ID]*statement, farewells []farewell) ([]byte, error) {
	digest := digestOf(all)
	f := &rosterpb.File{Version: fileVersion, Home: home[:], Digest: digest[:], Statements: bytesOf(statementsOf(all))}
	for _, g := range farewells {
		f.Farewells = append(f.Farewells, &rosterpb.Farewell{Home: g.home[:], Statements: bytesOf(g.statements)})
	}
	b, err := marshal(f)
	if err == nil && len(b) > MaxSize {
		err = fmt.Errorf("save roster: %w: %d bytes", ErrFull, len(b))
	}
	return b, err
}

func statementsFrom(in [][]byte) []Statement {
	out := make([]Statement, len(in))
	for i, b := range in {
		out[i] = b
	}
	return out
}

func bytesOf(in []Statement) [][]byte {
	out := make([][]byte, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}
