package admit

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"homeroll/discovery/internal/admit/internal/admitpb"
	"homeroll/store/media/formattest"
)

// The statements within have golden bytes of their own, in package roster.
func TestMessagesHaveTheirGoldenBytes(t *testing.T) {
	statement := func(b byte) []byte { return bytes.Repeat([]byte{b}, 3) }
	golden, all := map[string][]byte{}, []proto.Message{}
	for name, m := range map[string]proto.Message{
		"claim":            &admitpb.Claim{Home: bytes.Repeat([]byte{0xab}, 32), Chain: [][]byte{statement(1), statement(2)}},
		"verdict-welcome":  &admitpb.Verdict{Status: admitpb.Verdict_WELCOME, Statements: [][]byte{statement(1)}},
		"verdict-stranger": &admitpb.Verdict{Status: admitpb.Verdict_STRANGER},
		"verdict-removed":  &admitpb.Verdict{Status: admitpb.Verdict_REMOVED, Statements: [][]byte{statement(3)}},
		"verdict-left":     &admitpb.Verdict{Status: admitpb.Verdict_LEFT, Statements: [][]byte{statement(4)}},
	} {
		var b bytes.Buffer
		_, err := protodelim.MarshalTo(&b, m)
		must(t, err)
		golden[name] = b.Bytes()
		all = append(all, m)
	}
	formattest.Golden(t, golden)
	formattest.Covers(t, admitpb.File_admit_proto, all...)
}
