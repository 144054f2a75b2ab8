package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// DefaultState returns the state directory of the user: where the key, the roster, the settings,
// the catalogue and the control socket are.
func DefaultState() (string, error) {
	return defaultState(runtime.GOOS, os.Getenv, os.UserHomeDir)
}

func defaultState(system string, getenv func(string) string, home func() (string, error)) (string, error) {
	if system == "windows" {
		if dir := getenv("LocalAppData"); dir != "" {
			return filepath.Join(dir, "homeroll"), nil
		}
		return "", errors.New("%LocalAppData% is not set")
	}
	if dir := getenv("XDG_DATA_HOME"); system != "darwin" && filepath.IsAbs(dir) {
		return filepath.Join(dir, "homeroll"), nil
	}
	dir, err := home()
	if err != nil {
		return "", errors.New("the home directory is unknown: $HOME is not set")
	}
	if system == "darwin" {
		return filepath.Join(dir, "Library", "Application Support", "homeroll"), nil
	}
	return filepath.Join(dir, ".local", "share", "homeroll"), nil
}
