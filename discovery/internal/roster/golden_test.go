package roster

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"homeroll/discovery/internal/roster/internal/rosterpb"
	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

// author signs statements of one home with fixed keys and times.
type author struct {
	t    testing.TB
	home media.Home
	n    int64
}

func (a *author) says(by byte, core *rosterpb.Core) *statement {
	a.t.Helper()
	a.n++
	core.Epoch, core.Time = 1, 1_700_000_000+a.n
	s, err := sign(newSigner(by), core, a.home)
	must(a.t, err)
	return s
}

func keyOf(seed byte) []byte {
	key, _ := newSigner(seed).Device().Key()
	return key
}

// everyStatement has one of each body.
func everyStatement(t testing.TB) (media.Home, map[string]*statement) {
	a := &author{t: t}
	found := a.says(1, &rosterpb.Core{Body: &rosterpb.Core_Found{Found: &rosterpb.Found{Nonce: bytes.Repeat([]byte{7}, 16), Name: "h1"}}})
	a.home = media.Home(found.id)
	second := a.says(1, &rosterpb.Core{Body: &rosterpb.Core_Admit{Admit: &rosterpb.Admit{Device: keyOf(2), Epoch: 1, Name: "Häkchen ☀"}}})
	third := a.says(2, &rosterpb.Core{Body: &rosterpb.Core_Admit{Admit: &rosterpb.Admit{Device: keyOf(3), Epoch: 1, Name: "h3"}}})
	return a.home, map[string]*statement{
		"found": found, "admit": second, "admit-by-second": third,
		"countersign": a.says(1, &rosterpb.Core{Body: &rosterpb.Core_Countersign{Countersign: &rosterpb.Countersign{Admission: third.id[:]}}}),
		"remove":      a.says(1, &rosterpb.Core{Body: &rosterpb.Core_Remove{Remove: &rosterpb.Remove{Device: keyOf(2), Epoch: 1, Known: [][]byte{third.id[:]}}}}),
		"set":         a.says(3, &rosterpb.Core{Body: &rosterpb.Core_Set{Set: &rosterpb.Set{Key: "copies.wanted", Value: "3", Generation: 1}}}),
	}
}

func delimited(t testing.TB, m proto.Message) []byte {
	var b bytes.Buffer
	_, err := protodelim.MarshalTo(&b, m)
	must(t, err)
	return b.Bytes()
}

// everyMessage has the statements, the messages that carry them, and the file.
func everyMessage(t testing.TB) (golden map[string][]byte, decoded []proto.Message) {
	home, statements := everyStatement(t)
	golden = map[string][]byte{}
	all, kept := map[ID]*statement{}, []Statement{}
	for name, s := range statements {
		var signed rosterpb.Statement
		var core rosterpb.Core
		must(t, proto.Unmarshal(s.raw, &signed))
		must(t, proto.Unmarshal(signed.Core, &core))
		golden["statement-"+name], all[s.id] = s.raw, s
		decoded = append(decoded, &signed, &core)
	}
	kept = append(kept, statements["found"].raw, statements["admit"].raw)
	digest := digestOf(all)
	for name, m := range map[string]*rosterpb.Exchange{
		"exchange-dialer":   {Home: home[:], Digest: digest[:]},
		"exchange-acceptor": {Home: home[:], Digest: digest[:], Statements: bytesOf(statementsOf(all))},
		"exchange-lacking":  {Home: home[:], Statements: bytesOf(kept)},
	} {
		golden[name] = delimited(t, m)
		decoded = append(decoded, m)
	}
	file, err := encodeFile(home, all, []farewell{{media.Home{9}, kept}})
	must(t, err)
	golden["file"] = file
	var m rosterpb.File
	must(t, proto.Unmarshal(file, &m))
	return golden, append(decoded, &m)
}

func TestMessagesHaveTheirGoldenBytes(t *testing.T) {
	golden, decoded := everyMessage(t)
	formattest.Golden(t, golden)
	formattest.Covers(t, rosterpb.File_roster_proto, decoded...)
}

// The golden roster is one that a device takes over from its file.
func TestGoldenFileIsTakenOver(t *testing.T) {
	golden, _ := everyMessage(t)
	path := filepath.Join(t.TempDir(), FileName)
	must(t, os.WriteFile(path, golden["file"], 0o600))
	r, err := Load(path, newSigner(1))
	must(t, err)
	if got := names(r); got != "h1 h3" {
		t.Errorf("members %q", got)
	}
}
