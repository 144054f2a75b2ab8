package walk

import (
	"io/fs"
	"testing"
)

// nameless is an entry of a directory that may be listed but not entered.
type nameless struct{ fs.DirEntry }

func (nameless) Name() string               { return "a.jpg" }
func (nameless) Info() (fs.FileInfo, error) { return nil, fs.ErrPermission }

// complaints keeps what is reported as unreadable.
type complaints map[string]error

func (complaints) Dir(string, string)                {}
func (complaints) File(File) error                   { panic("walk: a file of which nothing is known") }
func (c complaints) Failed(rel, _ string, err error) { c[rel] = err }

func TestADirectoryWhoseEntriesHideIsReported(t *testing.T) {
	c := complaints{}
	if sub, err := visit(t.TempDir(), "2024/a.jpg", nameless{}, Rules{}, c); sub != "" || err != nil {
		t.Error(sub, err)
	}
	if c["2024"] != fs.ErrPermission || len(c) != 1 {
		t.Errorf("reported: %v", c)
	}
}
