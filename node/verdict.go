package node

import (
	"fmt"

	"homeroll/node/api"
)

// A photo of a few megabytes, as most are. What a disk commits a second of
// small files, times this, is what it can take of photos.
const typicalPhoto = 4e6

// longTrip is from which round trip on distance is worth a word.
const longTrip = 0.05

// judge says in words what is likely to be the bottleneck of a backup to this
// device from each of the others.
func (b *bench) judge() {
	d := b.info.Disk
	if d != nil && d.Write != nil && float64(*d.FilesPerSecond)*typicalPhoto < float64(*d.Write) {
		b.say("Small files are what this disk finds hard: %d a second; large ones go at %s.", *d.FilesPerSecond, speedText(*d.Write))
	}
	measured := 0
	for _, l := range b.info.Links {
		if l.Down != nil {
			measured++
			b.judgeLink(l)
		}
	}
	switch {
	case measured > 0:
	case d == nil || d.Write == nil:
		b.say("Only hashing could be measured.")
	case *d.Write < b.info.Hash.AllCores:
		b.say("Of what is on this device, the disk of the vault is slower than hashing: %s against %s.", speedText(*d.Write), speedText(b.info.Hash.AllCores))
	default:
		b.say("Of what is on this device, hashing is slower than the disk of the vault: %s against %s.", speedText(b.info.Hash.AllCores), speedText(*d.Write))
	}
}

func (b *bench) say(format string, args ...any) {
	b.info.Verdict = append(b.info.Verdict, fmt.Sprintf(format, args...))
}

func (b *bench) judgeLink(l api.BenchLink) {
	what, least := "the link", *l.Down
	if l.Limited {
		what = "the link, or the limit that is set for it,"
	}
	if h := b.info.Hash.AllCores; h < least {
		what, least = "hashing", h
	}
	if d := b.info.Disk; d != nil && d.Write != nil && *d.Write < least {
		what, least = "the disk of the vault", *d.Write
	}
	b.say("From %s to here, %s is likely the bottleneck: %s.", l.Device, what, speedText(least))
	if 2*(*l.Up) < *l.Down || 2*(*l.Down) < *l.Up {
		b.say("The link to %s is much faster one way than the other: %s to here, %s from here.", l.Device, speedText(*l.Down), speedText(*l.Up))
	}
	if *l.RoundTrip > longTrip {
		b.say("An answer of %s takes %.0f ms: it is far away, or its Wi-Fi is weak.", l.Device, 1000**l.RoundTrip)
	}
}

// speedText writes a speed with two or three digits that matter.
func speedText(perSecond int64) string {
	f := float64(perSecond)
	for _, u := range []struct {
		name  string
		bytes float64
	}{{"GB/s", 1e9}, {"MB/s", 1e6}} {
		if f >= u.bytes {
			digits := 1
			if f >= 10*u.bytes {
				digits = 0
			}
			return fmt.Sprintf("%.*f %s", digits, f/u.bytes, u.name)
		}
	}
	return fmt.Sprintf("%.0f KB/s", f/1e3)
}
