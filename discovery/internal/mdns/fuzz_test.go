package mdns

import (
	"net"
	"strings"
	"testing"

	"github.com/grandcat/zeroconf"
	"github.com/miekg/dns"

	"homeroll/store/media/formattest"
)

// entryMemory is what one announcement may allocate besides 16 times its bytes.
const entryMemory = 64 << 10

// FuzzEntry reads the TXT record and the addresses of an announcement, as the
// DNS library hands them over.
func FuzzEntry(f *testing.F) {
	f.Add([]byte("\x07id=12D3\x05np=K7\x0aname=a\\b\"c"), []byte{192, 168, 1, 5})
	f.Add([]byte("\x01=\x00\x03id="), []byte{})
	f.Fuzz(func(t *testing.T, text, ip []byte) {
		rr := append([]byte("\x01a\x05local\x00\x00\x10\x00\x01\x00\x00\x00\x78"), byte(len(text)>>8), byte(len(text)))
		parsed, _, err := dns.UnpackRR(append(rr, text...), 0)
		txt, ok := parsed.(*dns.TXT)
		if err != nil || !ok {
			return
		}
		e := zeroconf.NewServiceEntry("a", ServiceType, "local")
		e.Text, e.AddrIPv4, e.AddrIPv6 = txt.Txt, []net.IP{ip}, []net.IP{ip, nil}
		formattest.Bounded(t, entryMemory+16*uint64(len(text)), func() {
			out := entryOf(e)
			for key, value := range out.Text {
				if key == "" || key != strings.ToLower(key) || len(key)+len(value) > maxText {
					t.Errorf("%q = %q", key, value)
				}
			}
			if len(out.Addresses) > 2 {
				t.Errorf("addresses %v", out.Addresses)
			}
		})
	})
}
