package vault

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMoveToADiskThatCannotHoldANameSaysWhatToDo(t *testing.T) {
	long := strings.Repeat("x", 300) // no filesystem of any system holds it
	dir := t.TempDir()
	m := Mover{From: dir, To: dir}
	cause := os.Mkdir(filepath.Join(dir, long), 0o777)
	err := m.refused(long, cause)
	var hinted interface{ Hint() string }
	if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), "vault replace") || !strings.Contains(err.Error(), long) {
		t.Errorf("%v is told as %v", cause, err)
	}
	if err := m.refused("x", fs.ErrPermission); errors.As(err, &hinted) {
		t.Errorf("another error is told as %v", err)
	}
}
