package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxFile bounds what is read of a configuration, in bytes.
const maxFile = 1 << 20

// File returns the path of the settings in a state directory.
func File(state string) string { return filepath.Join(state, "config.toml") }

// Load reads a file. Without one it returns the defaults and an error that is
// fs.ErrNotExist: this is the first run.
func Load(path string) (Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return Default(), fmt.Errorf("read settings: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Default(), fmt.Errorf("read settings: %w", err)
	}
	if len(data) > maxFile {
		return Default(), &Error{Source: path, Problem: "is larger than 1 MB, so it is no configuration"}
	}
	c, err := Parse(data)
	if e := (*Error)(nil); errors.As(err, &e) {
		e.Source = path
	}
	return c, err
}

// Save writes the file, comments included, so that a crash leaves either the old or the new
// one. It does not touch a file that already says the same.
func Save(path string, c Config) error {
	data := Format(c)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	if _, err := Parse(data); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	if err := replace(path, data); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

// replace writes beside the target, syncs, and renames over it.
func replace(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".config-*.toml") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}
