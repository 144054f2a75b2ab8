package control

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"homeroll/node/api"
)

// announce writes the address where clients that know the state directory
// find the socket. It closes l if it cannot.
func announce(state, address string, l net.Listener) (net.Listener, error) {
	file := filepath.Join(state, api.AddressName)
	if err := os.WriteFile(file, []byte(address+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("write address of control socket: %w", err), l.Close())
	}
	return &announced{l, file}, nil
}

// announced withdraws the address when it is closed.
type announced struct {
	net.Listener
	file string
}

func (a *announced) Close() error { return errors.Join(removeIfThere(a.file), a.Listener.Close()) }

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
