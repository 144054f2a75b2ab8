package discovery

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

// What the host itself says: the JSON of both hellos, and the strings of the
// TXT record, each behind its length as in the DNS message.
func TestWordsHaveTheirGoldenBytes(t *testing.T) {
	device := media.DeviceOf(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)).Public().(ed25519.PublicKey))
	golden := map[string][]byte{}
	for name, m := range map[string]hello{
		"hello":         {Version: "0.1.0", Port: 8471, Addresses: []string{"192.168.1.5:8471", "[fd00::5]:8471"}},
		"hello-alone":   {Version: "0.1.0", Port: 8471},
		"hello-refused": {Version: "0.1.0", Port: 8471, Addresses: []string{"192.168.1.5:8471"}, Refused: errDuplicate.Error()},
	} {
		var b bytes.Buffer
		if err := writeHello(&b, m); err != nil {
			t.Fatal(err)
		}
		golden[name] = b.Bytes()
		if back, err := readHello(&b); err != nil || back.Port != m.Port || len(back.Addresses) != len(m.Addresses) || back.Refused != m.Refused {
			t.Errorf("%s is read as %+v (%v)", name, back, err)
		}
	}
	text := announced(device, media.Home{1, 2, 3})
	golden["txt"] = strung(text)
	golden["txt-invited"] = strung(append(text, inviting("K7", "Häkchen ☀ "+strings.Repeat("x", 300))...))
	formattest.Golden(t, golden)
}

func strung(text []string) (out []byte) {
	for _, s := range text {
		out = append(append(out, byte(len(s))), s...)
	}
	return out
}
