package config

import (
	"reflect"
	"testing"

	"homeroll/store/media/formattest"
)

// What parsing a file may allocate, in bytes, and 512 for each byte of it.
const parseMemory = 1 << 20

// FuzzParse requires that a file which is read means the same when it is
// written anew, and that every other is refused with a reason.
func FuzzParse(f *testing.F) {
	f.Add(Format(Default()))
	f.Add([]byte("[vault]\nbudget = \"110 GB\"\n[[folder]]\npath = \"/p\"\nignore = [\"*.tmp\"]\n"))
	f.Add([]byte("device = { name = \"x\" }\nscan.settle = \"1s\"\n"))
	f.Add([]byte("[folder]\npath = 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c Config
		var err error
		formattest.Bounded(t, parseMemory+512*uint64(len(b)), func() { c, err = Parse(b) })
		if err != nil {
			if err.Error() == "" {
				t.Error("refused without a word")
			}
			return
		}
		again, err := Parse(Format(c))
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%+v became %+v (%v)\n%s", c, again, err, Format(c))
		}
	})
}
