package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Rate is a number of bytes a second; 0 = without limit.
type Rate int64

// The least and the greatest rate that is accepted. Below the least, what is
// under way on several streams at once would look like standing still.
const (
	minRate Rate = 50e3
	maxRate Rate = 1e12
)

// noLimit is how a Rate of 0 is written.
const noLimit = "none"

const rateAccepted = `a speed such as "20 Mbit/s" or "2.5 MB/s", at least "50 KB/s", or "none"`

// rateUnits are those of networks, in bits, and of files, in bytes. The
// letter's case tells bits from bytes where it is all there is.
var rateUnits = []struct {
	names []string
	bytes float64
}{
	{[]string{"gbit/s", "gbps", "Gb/s"}, 1e9 / 8}, {[]string{"mbit/s", "mbps", "Mb/s"}, 1e6 / 8}, {[]string{"kbit/s", "kbps", "kb/s", "Kb/s"}, 1e3 / 8},
	{[]string{"gib/s"}, 1 << 30}, {[]string{"mib/s"}, 1 << 20}, {[]string{"kib/s"}, 1 << 10},
	{[]string{"GB/s"}, 1e9}, {[]string{"MB/s"}, 1e6}, {[]string{"KB/s", "kB/s"}, 1e3},
}

// ParseRate reads "20 Mbit/s", "2.5 MB/s", "300 KiB/s" or "none". A number
// without a unit is no rate: nobody knows bits from bytes there.
func ParseRate(s string) (Rate, error) {
	s = strings.TrimSpace(s)
	if s == noLimit {
		return 0, nil
	}
	for _, u := range rateUnits {
		for _, name := range u.names {
			if number, ok := cutUnit(s, name); ok {
				return rateOf(number, u.bytes, s)
			}
		}
	}
	return 0, fmt.Errorf("%q is not a speed", s)
}

// cutUnit takes a unit off; in any case, unless its case tells bits from bytes.
func cutUnit(s, unit string) (number string, ok bool) {
	at := len(s) - len(unit)
	if at < 1 {
		return "", false
	}
	exact := len(unit) == len("MB/s") && strings.HasSuffix(unit, "/s")
	if s[at:] == unit || !exact && strings.EqualFold(s[at:], unit) {
		return strings.TrimSpace(s[:at]), true
	}
	return "", false
}

func rateOf(number string, unit float64, s string) (Rate, error) {
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || !(f >= 0) {
		return 0, fmt.Errorf("%q is not a speed", s)
	}
	if f*unit < float64(minRate) || f*unit > float64(maxRate) {
		return 0, fmt.Errorf("%q is out of range", s)
	}
	return Rate(math.Round(f * unit)), nil
}

// String writes the rate so that ParseRate returns exactly it.
func (r Rate) String() string {
	if r == 0 {
		return noLimit
	}
	for _, u := range []struct {
		name  string
		bytes Rate
	}{{"Gbit/s", 1e9 / 8}, {"MB/s", 1e6}, {"Mbit/s", 1e6 / 8}, {"KB/s", 1e3}} {
		if r >= u.bytes && r%u.bytes == 0 {
			return fmt.Sprintf("%d %s", r/u.bytes, u.name)
		}
	}
	return strconv.FormatFloat(float64(r)/1e3, 'f', -1, 64) + " KB/s"
}

// PeerRate is a limit for one peer.
type PeerRate struct {
	Peer string // friendly name or device ID
	Rate Rate
}

// parsePeerRate reads "nas = 20 Mbit/s".
func parsePeerRate(s string) (PeerRate, error) {
	at := strings.LastIndex(s, "=")
	if at < 0 {
		return PeerRate{}, fmt.Errorf("has %q, which has no =", s)
	}
	p := PeerRate{Peer: strings.TrimSpace(s[:at])}
	if p.Peer == "" {
		return p, fmt.Errorf("has %q, which names no device", s)
	}
	if strings.Contains(p.Peer, ",") {
		return p, fmt.Errorf("has %q, whose comma would separate two entries: write the device's ID", s)
	}
	rate, err := ParseRate(s[at+1:])
	if err != nil {
		return p, fmt.Errorf("has %q, where %w", s, err)
	}
	p.Rate = rate
	return p, nil
}

// peerRates parses entries that have been checked.
func peerRates(entries []string) (rates []PeerRate) {
	for _, e := range entries {
		if p, err := parsePeerRate(e); err == nil {
			rates = append(rates, p)
		}
	}
	return rates
}

func checkPeerRates(v any) error {
	list := *v.(*[]string)
	seen := map[string]bool{}
	for i, entry := range list {
		p, err := parsePeerRate(entry)
		if err != nil {
			return err
		}
		if seen[p.Peer] {
			return fmt.Errorf("has %q twice", p.Peer)
		}
		seen[p.Peer] = true
		list[i] = p.Peer + " = " + p.Rate.String()
	}
	return nil
}
