package discovery

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"

	"homeroll/store/media"
)

// keyFile holds the device's Ed25519 key as PKCS #8 in PEM, mode 0600.
const keyFile = "identity.key"

// identity is this device's key. It is made once and never changes: to the
// other devices it is this device.
type identity struct {
	key    ed25519.PrivateKey
	device media.Device
}

func (i *identity) Device() media.Device       { return i.device }
func (i *identity) Sign(message []byte) []byte { return ed25519.Sign(i.key, message) }

// loadIdentity reads the key of the state directory, or creates it on the
// first run. A damaged file is an error: making a new key over it would turn
// this device into a stranger of its own home.
func loadIdentity(state string, log *slog.Logger) (*identity, error) {
	path := filepath.Join(state, keyFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createIdentity(state, path)
	}
	if err != nil {
		return nil, fmt.Errorf("read identity: %w", err)
	}
	key, err := parseKey(data)
	if err != nil {
		return nil, &identityError{path, err}
	}
	if err := tightenKey(path, log); err != nil {
		return nil, err
	}
	return newIdentity(key), nil
}

// identityError reports a key that cannot be used.
type identityError struct {
	path string
	err  error
}

func (e *identityError) Error() string { return fmt.Sprintf("read identity %s: %v", e.path, e.err) }
func (e *identityError) Unwrap() error { return e.err }

// Hint says what a person can do.
func (e *identityError) Hint() string {
	return "restore the file from a copy, or bring back what was exported (homeroll state import FILE); deleting it makes this device a new one that must be paired again"
}

func newIdentity(key ed25519.PrivateKey) *identity {
	return &identity{key: key, device: media.DeviceOf(key.Public().(ed25519.PublicKey))}
}

func parseKey(data []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("the file is damaged: no PEM block")
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the file is damaged: %w", err)
	}
	key, ok := any.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the file holds another kind of key (%T)", any)
	}
	return key, nil
}

// tightenKey takes the key away from other users, and says so, because it may
// have been read while it was open.
func tightenKey(path string, log *slog.Logger) error {
	if runtime.GOOS == "windows" {
		return nil // permission bits mean nothing there
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("check identity: %w", err)
	}
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	log.Warn("identity key was readable by other users of this machine; now it is not",
		"path", path, "mode", info.Mode().Perm().String())
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("protect identity: %w", err)
	}
	return nil
}

func createIdentity(state, path string) (*identity, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("create identity: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("create identity: %w", err)
	}
	if err := os.MkdirAll(state, 0o700); err != nil {
		return nil, fmt.Errorf("create identity: %w", err)
	}
	data := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := writeDurably(path, data); err != nil {
		return nil, fmt.Errorf("create identity: %w", err)
	}
	return newIdentity(key), nil
}
