package config

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRatesAndWindowsAreReadBackExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate(rapid.Int64Range(int64(minRate), int64(maxRate)).Draw(t, "rate"))
		if got, err := ParseRate(rate.String()); err != nil || got != rate {
			t.Fatalf("%d as %q: %d, %v", rate, rate, got, err)
		}
		w := Window{From: rapid.IntRange(0, dayMinutes-1).Draw(t, "from"), To: rapid.IntRange(0, dayMinutes).Draw(t, "to")}
		if w.From == w.To {
			t.Skip("no time at all")
		}
		some := false
		for i := range w.Days {
			w.Days[i] = rapid.Bool().Draw(t, "day")
			some = some || w.Days[i]
		}
		if !some {
			w.Days[3] = true
		}
		if got, err := ParseWindow(w.String()); err != nil || got != w {
			t.Fatalf("%+v as %q: %+v, %v", w, w, got, err)
		}
	})
}

func TestRatesAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]Rate{
		"20 Mbit/s": 2_500_000, "20mbit/s": 2_500_000, "20 Mbps": 2_500_000, "2.5 MB/s": 2_500_000, "1 Gbit/s": 125e6,
		"8 Mb/s": 1_000_000, "300 KiB/s": 300 << 10, "100 kB/s": 100_000, "none": 0,
	} {
		if got, err := ParseRate(text); err != nil || got != want {
			t.Errorf("%q: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "20", "20 M", "MB/s", "-1 MB/s", "NaN MB/s", "1 KB/s", "20 mb/s", "1e9 GB/s", "0 MB/s"} {
		if got, err := ParseRate(text); err == nil {
			t.Errorf("%q is taken for %d", text, got)
		}
	}
}

func TestBadLimitsAndSchedulesSayWhatIsAccepted(t *testing.T) {
	for _, tc := range []struct{ name, file, message, hint string }{
		{"a limit without unit", "[limits]\nup = 20\n", "limits.up = 20 is not a speed with its unit", `"20 Mbit/s"`},
		{"a limit of nothing", "[limits]\ndown = \"0 MB/s\"\n", `limits.down = "0 MB/s" is out of range`, `"none"`},
		{"a limit of a peer without a rate", "[limits]\npeers_up = [\"nas\"]\n", `limits.peers_up = [nas] has "nas", which has no =`, "nas = 20 Mbit/s"},
		{"a peer with a bad rate", "[limits]\npeers_down = [\"nas = fast\"]\n", `limits.peers_down = [nas = fast] has "nas = fast", where "fast" is not a speed`, "nas = 20 Mbit/s"},
		{"a peer twice", "[limits]\npeers_up = [\"nas = 1 MB/s\", \"nas = 2 MB/s\"]\n", `limits.peers_up = [nas = 1 MB/s nas = 2 MB/s] has "nas" twice`, "nas = 20 Mbit/s"},
		{"an hour that is none", "[schedule]\nmedia = [\"22:00-25:00\"]\n", `schedule.media = [22:00-25:00] has an entry that cannot be: "22:00-25:00" is not a time of day`, "22:00-07:00"},
		{"a day that is none", "[schedule]\nquiet = [\"someday 22:00-23:00\"]\n", `schedule.quiet = [someday 22:00-23:00] has an entry that cannot be: "someday 22:00-23:00" has "someday", which is no day`, "mon-fri"},
		{"no time at all", "[limits]\nduring = [\"08:00-08:00\"]\n", `limits.during = [08:00-08:00] has an entry that cannot be: "08:00-08:00" is no time at all`, "00:00-24:00"},
		{"a window that is no list", "[schedule]\nmedia = \"22:00-07:00\"\n", `schedule.media = "22:00-07:00" is not a list`, `["22:00-07:00"]`},
		{"a priority that does not exist", "[device]\npriority = \"high\"\n", `device.priority = "high" is not accepted`, `"low" or "normal"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := Parse([]byte(tc.file))
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if !strings.HasPrefix(e.Error(), tc.message) || e.Line != 2 || !strings.Contains(e.Hint(), tc.hint) {
				t.Errorf("line %d: %q, hint %q", e.Line, e, e.Hint())
			}
		})
	}
}

func TestLimitsAndScheduleFromFileAndEnvironment(t *testing.T) {
	c, err := Parse([]byte("[limits]\nup = \"20 Mbit/s\"\npeers_up = [\"anna's laptop=1 MB/s\"]\n[schedule]\nmedia = [\"Mon-Fri 22:00-7:00\", \"sat,sun 0:00-24:00\"]\n"))
	if err == nil {
		t.Error("days with a comma between them were accepted")
	}
	c, err = Parse([]byte("[limits]\nup = \"20 Mbit/s\"\npeers_up = [\"anna's laptop=1 MB/s\"]\n[schedule]\nmedia = [\"Mon-Fri 22:00-7:00\", \"saturday sun 0:00-24:00\"]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Override([]string{"HOMEROLL_LIMITS_PEERS_DOWN=nas = 4 MB/s, ben = 1 MB/s", "HOMEROLL_SCHEDULE_QUIET=12:00-13:00"}); err != nil {
		t.Fatal(err)
	}
	if c.Limits.Up != 2_500_000 || !reflect.DeepEqual(c.Limits.UpTo(), []PeerRate{{"anna's laptop", 1e6}}) ||
		!reflect.DeepEqual(c.Limits.DownFrom(), []PeerRate{{"nas", 4e6}, {"ben", 1e6}}) {
		t.Errorf("%+v", c.Limits)
	}
	if want := []string{"mon-fri 22:00-07:00", "sat sun 00:00-24:00"}; !reflect.DeepEqual(c.Schedule.Media, want) || len(c.Schedule.Open()) != 2 || len(c.Schedule.Closed()) != 1 {
		t.Errorf("%+v", c.Schedule)
	}
	again, err := Parse(Format(c))
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Errorf("%v\n%s", err, Format(c))
	}
}
