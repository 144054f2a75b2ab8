//go:build !windows

package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"homeroll/node/api"
)

// shortPrefix begins the name of a directory that is made for a socket whose own
// place has too long a path.
const shortPrefix = "homeroll-"

// Listen opens the control socket of a state directory, which the caller has
// locked: what an earlier node left behind is removed. Closing the listener
// removes the socket.
func Listen(state string) (net.Listener, error) {
	if err := sweep(state); err != nil {
		return nil, err
	}
	if filepath.Clean(state) == api.SystemState {
		if l, err := listenSystem(state); err == nil {
			return l, nil
		}
	}
	if path := filepath.Join(state, api.SocketName); len(path) <= api.MaxSocketPath {
		return bind(path, 0o600)
	}
	return listenElsewhere(state)
}

// sweep removes the socket and the address of an earlier node that was killed.
func sweep(state string) error {
	addrFile := filepath.Join(state, api.AddressName)
	if text, err := os.ReadFile(addrFile); err == nil {
		socket := strings.TrimSpace(string(text))
		dir := filepath.Dir(socket)
		if filepath.IsAbs(socket) && strings.HasPrefix(filepath.Base(dir), shortPrefix) {
			_, _ = os.Remove(socket), os.Remove(dir)
		}
	}
	for _, path := range []string{addrFile, filepath.Join(state, api.SocketName)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("remove stale control socket: %w", err)
		}
	}
	return nil
}

// listenSystem opens the system service's socket, which the group homeroll
// may use, if there is such a group.
func listenSystem(state string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(api.SystemSocket), 0o755); err != nil {
		return nil, err
	}
	if err := os.Remove(api.SystemSocket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := bind(api.SystemSocket, 0o660)
	if err != nil {
		return nil, err
	}
	if group, err := user.LookupGroup("homeroll"); err == nil {
		if gid, err := strconv.Atoi(group.Gid); err == nil {
			_ = os.Chown(api.SystemSocket, -1, gid) // without it, only root may speak to the node
		}
	}
	return announce(state, api.SystemSocket, l)
}

// listenElsewhere binds in a short private directory and leaves the address
// in the state directory.
func listenElsewhere(state string) (net.Listener, error) {
	dir, err := shortDir()
	if err != nil {
		return nil, fmt.Errorf("make directory of control socket: %w", err)
	}
	socket := filepath.Join(dir, api.SocketName)
	l, err := bind(socket, 0o600)
	if err != nil {
		_ = os.Remove(dir)
		return nil, err
	}
	announced, err := announce(state, socket, l)
	if err != nil {
		_ = os.Remove(dir)
		return nil, err
	}
	return &withDir{announced, dir}, nil
}

// shortDir makes a directory that only this user may enter, with a path that
// leaves room for the socket's name.
func shortDir() (string, error) {
	dir, err := os.MkdirTemp("", shortPrefix)
	if err != nil || len(filepath.Join(dir, api.SocketName)) <= api.MaxSocketPath {
		return dir, err
	}
	_ = os.Remove(dir)
	return os.MkdirTemp("/tmp", shortPrefix)
}

func bind(path string, mode os.FileMode) (net.Listener, error) {
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open control socket: %w", err)
	}
	if err := os.Chmod(path, mode); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("protect control socket: %w", err)
	}
	return l, nil
}

// withDir removes the socket's directory, too.
type withDir struct {
	net.Listener
	dir string
}

func (l *withDir) Close() error { return errors.Join(l.Listener.Close(), removeIfThere(l.dir)) }
