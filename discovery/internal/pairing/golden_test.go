package pairing

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"homeroll/discovery/internal/pairing/internal/pairpb"
	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

func fill(b byte, n int) []byte { return bytes.Repeat([]byte{b}, n) }

// goldenPair is an exchange with fixed keys and nonces, and its two hellos.
func goldenPair(t testing.TB) (pair, *pairpb.JoinHello, *pairpb.InviteHello) {
	p := pair{inviter: newSigner(1).Device(), joiner: newSigner(2).Device(), home: media.Home(fill(0xab, 32)), nonces: append(fill(3, nonceLen), fill(4, nonceLen)...)}
	join := &pairpb.JoinHello{
		Oldest: 1, Newest: 1, Program: "0.1.0", Self: string(p.joiner), Peer: string(p.inviter), Nameplate: "K7", Nonce: p.nonces[:nonceLen],
	}
	invite := &pairpb.InviteHello{
		Version: 1, Program: "0.1.0", Self: string(p.inviter), Peer: string(p.joiner), Home: p.home[:], Nonce: p.nonces[nonceLen:],
	}
	var err error
	if p.join, err = encode(join); err != nil {
		t.Fatal(err)
	}
	if p.invite, err = encode(invite); err != nil {
		t.Fatal(err)
	}
	return p, join, invite
}

// everyMessage has one of each that travels, and what the key is bound to.
func everyMessage(t testing.TB) (golden map[string][]byte, decoded []proto.Message) {
	p, join, invite := goldenPair(t)
	golden, decoded = map[string][]byte{}, []proto.Message{join, invite}
	add := func(name string, m *pairpb.Message) {
		var b bytes.Buffer
		if _, err := protodelim.MarshalTo(&b, m); err != nil {
			t.Fatal(err)
		}
		golden[name] = b.Bytes()
		decoded = append(decoded, m)
	}
	add("join", &pairpb.Message{Body: &pairpb.Message_Join{Join: p.join}})
	add("invite", &pairpb.Message{Body: &pairpb.Message_Invite{Invite: &pairpb.Invite{Hello: p.invite, Share: fill(5, 32)}}})
	add("confirm", &pairpb.Message{Body: &pairpb.Message_Confirm{Confirm: &pairpb.Confirm{Share: fill(6, 32), Tag: fill(7, 64)}}})
	add("welcome", &pairpb.Message{Body: &pairpb.Message_Welcome{Welcome: &pairpb.Welcome{Tag: fill(8, 64), Inviter: "nas", Members: []string{"nas", "Häkchen ☀"}}}})
	add("accept", &pairpb.Message{Body: &pairpb.Message_Accept{Accept: &pairpb.Accept{Name: "laptop", Replace: "old laptop"}}})
	add("admission", &pairpb.Message{Body: &pairpb.Message_Admission{Admission: &pairpb.Admission{Statements: [][]byte{{1, 1, 1}, {2, 2, 2}}}}})
	add("saved", &pairpb.Message{Body: &pairpb.Message_Saved{Saved: &pairpb.Saved{}}})
	for _, c := range codes {
		name := strings.ReplaceAll(strings.ToLower(c.code.String()), "_", "-")
		add("failure-"+name, &pairpb.Message{Body: &pairpb.Message_Failure{Failure: failureOf(fmt.Errorf("why: %w", c.err), "0.1.0")}})
	}
	golden["channel"] = p.channel()
	return golden, decoded
}

func TestMessagesHaveTheirGoldenBytes(t *testing.T) {
	golden, decoded := everyMessage(t)
	formattest.Golden(t, golden)
	formattest.Covers(t, pairpb.File_pair_proto, decoded...)
}
