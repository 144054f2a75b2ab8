package media

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/zeebo/blake3"
	"google.golang.org/protobuf/proto"

	"homeroll/store/media/internal/recordpb"
)

//go:generate protoc -I internal/recordpb --go_out=internal/recordpb --go_opt=paths=source_relative internal/recordpb/record.proto

// Record is one statement of a device's manifest as its author wrote it: a
// kind byte and a protobuf body. Records of kinds that this version does not
// know are kept and passed on verbatim.
type Record []byte

// Kind is the first byte of a record. Values are never reused.
type Kind byte

// The kinds of record that this version reads.
const (
	KindName    Kind = 1
	KindHolding Kind = 2
	KindFolder  Kind = 3
	KindProfile Kind = 4
	KindKept    Kind = 5
	KindMark    Kind = 6
)

// Limits of one record. A peer that exceeds them is talking nonsense or worse.
const (
	MaxRecord = 16 << 10 // bytes, kind byte included
	MaxPath   = 8 << 10  // bytes of a Name's or Kept's path
	MaxLabel  = 256      // bytes of a label
	maxDisks  = 32
)

// Fingerprint identifies a record within a manifest: BLAKE3-256 of its bytes.
type Fingerprint [32]byte

// ErrRecord reports a record that no correct author writes.
var ErrRecord = errors.New("malformed record")

// Kind returns the record's kind, 0 if it is empty.
func (r Record) Kind() Kind {
	if len(r) == 0 {
		return 0
	}
	return Kind(r[0])
}

// Fingerprint returns the record's identity.
func (r Record) Fingerprint() Fingerprint { return blake3.Sum256(r) }

// EncodeRecord returns the record that states v: a Name, Holding, Folder,
// Profile, Kept or Mark. It panics on anything else; what Decode would refuse is an
// error here, too.
func EncodeRecord(v any) (Record, error) {
	if n, ok := v.(Name); ok {
		return n.Record()
	}
	kind, msg := toMessage(v)
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(msg)
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	r := append(Record{byte(kind)}, body...)
	if _, err := r.Decode(); err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	return r, nil
}

// Decode returns the Name, Holding, Folder, Profile, Kept or Mark that the record
// states, or nil if it is of a kind that this version does not know, or a Mark about
// something that it does not know.
func (r Record) Decode() (any, error) {
	if len(r) == 0 || len(r) > MaxRecord {
		return nil, fmt.Errorf("%w: %d bytes", ErrRecord, len(r))
	}
	body := r[1:]
	switch r.Kind() {
	case KindName:
		return decode(body, &recordpb.Name{}, nameOf)
	case KindHolding:
		if h, ok := plainHolding(r); ok {
			return h, nil
		}
		return decode(body, &recordpb.Holding{}, holdingOf)
	case KindFolder:
		return decode(body, &recordpb.Folder{}, folderOf)
	case KindProfile:
		return decode(body, &recordpb.Profile{}, profileOf)
	case KindKept:
		return decode(body, &recordpb.Kept{}, keptOf)
	case KindMark:
		return decodeMark(body)
	default:
		return nil, nil
	}
}

func toMessage(v any) (Kind, proto.Message) {
	switch v := v.(type) {
	case Holding:
		return KindHolding, &recordpb.Holding{Item: itemPB(v.Item)}
	case Folder:
		return KindFolder, folderPB(v)
	case Profile:
		p := &recordpb.Profile{Role: v.Role, Version: v.Version}
		for _, d := range v.Disks {
			p.Disks = append(p.Disks, d[:])
		}
		return KindProfile, p
	case Kept:
		return KindKept, &recordpb.Kept{
			Item: itemPB(v.Item), Origin: string(v.Origin), Folder: folderPB(v.Folder), Path: []byte(v.Path), Mtime: timePB(v.MTime),
		}
	case Mark:
		return KindMark, markPB(v)
	default:
		panic(fmt.Sprintf("media: no record states a %T", v))
	}
}

func decode[M proto.Message, T any](body []byte, m M, convert func(M) (T, error)) (any, error) {
	if err := proto.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	v, err := convert(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return v, nil
}

func nameOf(m *recordpb.Name) (n Name, err error) {
	n.Path, n.MTime = string(m.Path), timeOf(m.Mtime)
	if n.Item, err = itemOf(m.Item); err != nil {
		return n, err
	}
	if err := setBytes(n.Folder[:], m.Folder); err != nil {
		return n, err
	}
	return n, ValidPath(n.Path)
}

func holdingOf(m *recordpb.Holding) (h Holding, err error) {
	h.Item, err = itemOf(m.Item)
	return h, err
}

func folderOf(m *recordpb.Folder) (f Folder, err error) {
	f.Label = m.GetLabel()
	if len(f.Label) > MaxLabel || !utf8.ValidString(f.Label) {
		return f, errors.New("bad folder label")
	}
	return f, setBytes(f.ID[:], m.GetId())
}

func profileOf(m *recordpb.Profile) (p Profile, err error) {
	p.Role, p.Version = m.Role, m.Version
	if len(p.Role) > MaxLabel || len(p.Version) > MaxLabel || len(m.Disks) > maxDisks {
		return p, errors.New("profile too large")
	}
	p.Disks = make([]Disk, len(m.Disks))
	for i, d := range m.Disks {
		if err := setBytes(p.Disks[i][:], d); err != nil {
			return p, err
		}
	}
	return p, nil
}

func keptOf(m *recordpb.Kept) (k Kept, err error) {
	k.Origin, k.Path, k.MTime = Device(m.Origin), string(m.Path), timeOf(m.Mtime)
	if _, err := k.Origin.Key(); err != nil {
		return k, err
	}
	if k.Item, err = itemOf(m.Item); err != nil {
		return k, err
	}
	if k.Folder, err = folderOf(m.Folder); err != nil {
		return k, err
	}
	return k, ValidPath(k.Path)
}

// ValidPath reports a path that is not relative, slash separated and free of
// empty, "." and ".." elements and of NUL, or is longer than [MaxPath].
func ValidPath(p string) error {
	if p == "" || len(p) > MaxPath || strings.IndexByte(p, 0) >= 0 {
		return errors.New("bad path")
	}
	for e := range strings.SplitSeq(p, "/") {
		if e == "" || e == "." || e == ".." {
			return errors.New("bad path element")
		}
	}
	return nil
}

func itemPB(it Item) *recordpb.Item {
	return &recordpb.Item{Id: it.ID[:], Size: uint64(it.Size)}
}

func itemOf(m *recordpb.Item) (it Item, err error) {
	if m.GetSize() > MaxItemSize {
		return it, errors.New("item too large")
	}
	it.Size = int64(m.GetSize())
	return it, setBytes(it.ID[:], m.GetId())
}

func folderPB(f Folder) *recordpb.Folder {
	return &recordpb.Folder{Id: f.ID[:], Label: f.Label}
}

func timePB(t time.Time) *recordpb.Time {
	return &recordpb.Time{Sec: t.Unix(), Nsec: uint32(t.Nanosecond())}
}

func timeOf(m *recordpb.Time) time.Time {
	return BoundTime(time.Unix(m.GetSec(), int64(m.GetNsec()%1e9)).UTC())
}

func setBytes(dst, src []byte) error {
	if len(src) != len(dst) {
		return fmt.Errorf("want %d bytes, have %d", len(dst), len(src))
	}
	copy(dst, src)
	return nil
}
