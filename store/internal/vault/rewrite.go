package vault

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

const newNamesFile = namesFile + ".new"

// NamesHere reports whether the names log that is open is the one in the vault, and
// not one that somebody removed, replaced or cut short.
func (v *Vault) NamesHere() bool {
	v.names.mu.Lock()
	defer v.names.mu.Unlock()
	opened, err := v.names.f.Stat()
	if err != nil {
		return true // nothing can be said
	}
	now, err := v.root.Stat(namesFile)
	return err == nil && os.SameFile(opened, now) && now.Size() >= v.names.size
}

// RewriteNames replaces the names log by the lines that write hands to its
// argument, and makes the directory for it where that has gone, too. Nothing else
// may give names meanwhile.
func (v *Vault) RewriteNames(write func(add func(Line) error) error) error {
	v.names.mu.Lock()
	defer v.names.mu.Unlock()
	if err := v.root.MkdirAll(stateDir, 0o777); err != nil {
		return noSpace(fmt.Errorf("write names log: %w", err))
	}
	f, err := v.root.OpenFile(newNamesFile, os.O_RDWR|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o666)
	if err != nil {
		return noSpace(fmt.Errorf("write names log: %w", err))
	}
	w := bufio.NewWriterSize(f, 1<<20)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	err = write(func(l Line) error { return enc.Encode(l) })
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = v.root.Rename(newNamesFile, namesFile)
	}
	if err != nil {
		_ = v.root.Remove(newNamesFile)
		return errors.Join(noSpace(fmt.Errorf("write names log: %w", err)), f.Close())
	}
	old := v.names.f
	v.names.f, v.names.size, v.names.torn = f, 0, false
	if fi, err := f.Stat(); err == nil {
		v.names.size = fi.Size()
	}
	return errors.Join(v.syncDir(stateDir), old.Close())
}
