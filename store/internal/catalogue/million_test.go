package catalogue

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroll/store/media"
)

// A million items, read and grouped: what a page of the timeline and the counts
// by month cost, and how much memory the process takes. It lasts some minutes, so it wants
// HOMEROLL_MILLION=1 (or another number of items).
func TestTimelineOfAMillion(t *testing.T) {
	items := millionItems(t)
	ctx := context.Background()
	p := newPlace(t, t.TempDir(), 1)
	defer func() { _ = p.Close() }()
	introduce(t, p)
	began := time.Now()
	fillMillion(t, p, items)
	t.Logf("recorded %d files in %v, %s", items, time.Since(began).Round(time.Second), memory())
	began = time.Now()
	for {
		page := must(p.Unread(ctx, 0, 512))(t)
		if len(page) == 0 {
			break
		}
		reads := make([]Read, len(page))
		for i, u := range page {
			reads[i] = millionPicture(u)
		}
		if err := p.PutPictures(ctx, reads, whole{}); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("read and grouped them in %v, %s", time.Since(began).Round(time.Second), memory())
	p.reopen(t)
	debug.FreeOSMemory()
	fi, err := os.Stat(p.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("database of %d MB; opened again, %s", fi.Size()>>20, memory())
	p.measureTimeline(t)
}

func fillMillion(t *testing.T, p *place, items int) {
	t.Helper()
	if err := p.PutFolder(context.Background(), testFolder(0), "/pictures"); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < items; n += benchBatch {
		if err := p.ChangeFiles(context.Background(), benchFiles(n, min(benchBatch, items-n))); err != nil {
			t.Fatal(err)
		}
	}
}

// whole is the model without common stems: each file has its own.
type whole struct{ model }

func (whole) Stem(base string) string { return base }

// millionPicture spreads pictures over 20 years, every second one in a group of
// two by content ID.
func millionPicture(u Pending) Read {
	n := u.Row
	local := time.Date(2004, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n*7919%631_000_000) * time.Second)
	p := &media.Picture{
		Type: "image/heic", Width: 4032, Height: 3024, Orientation: 6, Make: "Apple", Model: fmt.Sprint("iPhone ", n%12), Lens: "back camera 4.2mm f/1.6",
		GPS: &media.Position{Latitude: float64(n%90) + 0.123456, Longitude: 10.5}, Taken: media.Taken{Local: local, Source: "EXIF DateTimeOriginal"},
	}
	if n%4 < 2 {
		p.ContentID = fmt.Sprintf("1745E022-9712-43C7-B024-%012d", n/4)
	}
	return Read{Row: u.Row, Item: u.Item, Picture: p}
}

func (p *place) measureTimeline(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	var pages, months []time.Duration
	at, rows := Newest, 0
	for i := range 400 {
		if i%4 == 0 { // somewhere else
			at = Cursor{Taken: time.Date(2004+i%20, 3, 1, 0, 0, 0, 0, time.UTC).UnixNano()}
		}
		began := time.Now()
		page := must(p.Timeline(ctx, at, 100))(t)
		pages = append(pages, time.Since(began))
		if rows += len(page); len(page) > 0 {
			at = page[len(page)-1].At
		}
		began = time.Now()
		must(p.Months(ctx))(t)
		months = append(months, time.Since(began))
	}
	t.Logf("400 pages of the timeline, %d rows: %s", rows, spread(pages))
	t.Logf("counts by month: %s; %s", spread(months), memory())
}

func spread(d []time.Duration) string {
	slices.Sort(d)
	return fmt.Sprintf("median %v, 99 %% within %v, longest %v", d[len(d)/2], d[len(d)*99/100], d[len(d)-1])
}

// memory is what the system says of this process, on Linux.
func memory() string {
	if runtime.GOOS != "linux" {
		return "memory unknown"
	}
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err.Error()
	}
	var kept []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "VmHWM") || strings.HasPrefix(line, "VmRSS") {
			kept = append(kept, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(kept, ", ")
}
