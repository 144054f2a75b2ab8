package node

import (
	"strings"
	"testing"

	"homeroll/node/api"
)

// The bottleneck that is named is the slowest part of the way, and a limit is not taken for the link.
func TestVerdictNamesTheSlowestPart(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	trip := 0.001
	for _, tc := range []struct {
		hash, write, files, down, up int64
		limited                      bool
		want                         string
	}{
		{3e9, 450e6, 900, 112e6, 110e6, false, "From nas to here, the link is likely the bottleneck: 112 MB/s."},
		{3e9, 30e6, 900, 112e6, 110e6, false, "From nas to here, the disk of the vault is likely the bottleneck: 30 MB/s."},
		{90e6, 450e6, 900, 112e6, 110e6, false, "From nas to here, hashing is likely the bottleneck: 90 MB/s."},
		{3e9, 450e6, 900, 2e6, 110e6, true, "the link, or the limit that is set for it, is likely the bottleneck: 2.0 MB/s. The link to nas is much faster one way"},
		{3e9, 450e6, 20, 112e6, 110e6, false, "Small files are what this disk finds hard: 20 a second"},
	} {
		b := &bench{info: &api.BenchInfo{
			Hash:  api.BenchHash{Cores: 4, AllCores: tc.hash},
			Disk:  &api.BenchDisk{Write: n(tc.write), Read: n(tc.write), FilesPerSecond: n(tc.files)},
			Links: []api.BenchLink{{Device: "nas", Online: true, RoundTrip: &trip, Down: n(tc.down), Up: n(tc.up), Limited: tc.limited}, {Device: "away"}},
		}}
		b.judge()
		if got := strings.Join(b.info.Verdict, " "); !strings.Contains(got, tc.want) {
			t.Errorf("%q lacks %q", got, tc.want)
		}
	}
}
