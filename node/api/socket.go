package api

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Where the control socket is. A state directory whose path is too long for a
// socket's address, and every one on Windows, has a file with the address
// instead. The system service's socket has a place of its own, for its group.
const (
	SocketName   = "control.sock"
	AddressName  = "control.addr"
	SystemState  = "/var/lib/homeroll"
	SystemSocket = "/run/homeroll/control.sock"
)

// MaxSocketPath is the longest path, in bytes, that every Unix binds a socket
// to (104 on the BSDs and macOS, with the final zero).
const MaxSocketPath = 103

// DefaultState returns the state directory of this user's node: HOMEROLL_STATE,
// or homeroll in the system's directory for application data.
func DefaultState() (string, error) {
	if dir := os.Getenv("HOMEROLL_STATE"); dir != "" {
		return dir, nil
	}
	data, err := dataDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(data, "homeroll"), nil
}

func dataDir() (string, error) {
	if runtime.GOOS == "windows" {
		if dir := os.Getenv("LocalAppData"); dir != "" {
			return dir, nil
		}
		return "", errors.New("find the state directory: %LocalAppData% is not set")
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) && runtime.GOOS != "darwin" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support"), nil
	}
	return filepath.Join(home, ".local", "share"), nil
}

// addresses returns where the node of the state directory may be listening.
func addresses(state string) ([]string, error) {
	if state != "" {
		return addressesIn(state), nil
	}
	var found []string
	system := runtime.GOOS == "linux" && os.Getenv("HOMEROLL_STATE") == ""
	if own, err := DefaultState(); err == nil {
		found = addressesIn(own)
	} else if !system { // without $HOME, as where the system itself runs a command, its own node is left
		return nil, err
	}
	if system {
		found = append(found, SystemSocket)
	}
	return found, nil
}

func addressesIn(state string) []string {
	var found []string
	if abs, err := filepath.Abs(state); err == nil {
		state = abs
	}
	if text, err := os.ReadFile(filepath.Join(state, AddressName)); err == nil {
		found = append(found, strings.TrimSpace(string(text)))
	}
	if path := filepath.Join(state, SocketName); len(path) <= MaxSocketPath {
		found = append(found, path)
	}
	return found
}

// socketError says what a failed connection to the socket means.
func socketError(address string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return &Error{
			Schema: Schema, Type: "error", Code: ExitFailed,
			Message: "the running node's control socket " + address + " is not open to this user",
			Hint:    "run the command as the user that runs the node" + groupHint(address),
		}
	}
	return ErrNoNode
}

func groupHint(address string) string {
	if address == SystemSocket {
		return `, or join the group "homeroll"`
	}
	return ""
}
