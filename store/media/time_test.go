package media

import (
	"testing"
	"time"
)

// A filesystem may hold times of which nothing else can be told. A record of
// one, from any device, must not lead to times that cannot be set or written.
func TestTimesOfRecordsCanBeSetAndWritten(t *testing.T) {
	for _, sec := range []int64{-1 << 60, -1_000_000_000_000, -1, 0, 1_700_000_000, 17_179_869_184, 1_000_000_000_000, 1 << 60} {
		in := Name{Path: "a", Item: Item{Size: 1}, MTime: time.Unix(sec, 5)}
		r, err := EncodeRecord(in)
		if err != nil {
			t.Fatal(err)
		}
		out, err := r.Decode()
		if err != nil {
			t.Fatal(err)
		}
		got := out.(Name).MTime
		if _, err := got.MarshalJSON(); err != nil {
			t.Errorf("%d: %v", sec, err)
		}
		if !time.Unix(0, got.UnixNano()).Equal(got) {
			t.Errorf("%d: %v is not told in nanoseconds", sec, got)
		}
		if in.MTime.Year() > 1700 && in.MTime.Year() < 2200 && !got.Equal(in.MTime) {
			t.Errorf("%d: became %v", sec, got)
		}
	}
}
