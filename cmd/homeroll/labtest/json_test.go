//go:build lab && linux

package labtest

import "time"

// The documents of "homeroll … --json", as far as the tests look at them.

type status struct {
	Schema  int
	Device  struct{ ID, Name, Version, Role string }
	State   string
	Reason  string
	Library struct {
		Items, Bytes int64
		Folders      []struct {
			Path, State, Detail string
			Items, Lost         int64
		}
	}
	Vault struct {
		Path         string
		Items, Bytes int64
		Budget, Free *int64
	}
	Copies struct {
		Wanted      int
		Short, Kept int64
		ByHolders   []int64
	}
	Incoming, Outgoing flow
	Progress           struct{ Done, Total int64 }
	Skipped            []struct {
		Type  string
		Files int64
		Paths []string
	}
	ProblemCount int
	Problems     []problem
	Peers        []peer
	Address      struct {
		Web    *string
		Listen []string
	}
}

type flow struct {
	Items, Bytes   *int64
	BytesPerSecond int64
}

type problem struct {
	Path, Hash           *string
	Reason, Detail, Hint string
	Attempts             int
}

type peer struct {
	ID, Name, Role string
	Online         bool
	Address        *string
	Held, Missing  int64
}

// online counts the peers that are connected.
func (s *status) online() (n int) {
	for _, p := range s.Peers {
		if p.Online {
			n++
		}
	}
	return n
}

// items counts every item that the device knows of, kept ones aside.
func (s *status) items() (n int64) {
	for _, c := range s.Copies.ByHolders {
		n += c
	}
	return n
}

func (s *status) skipped(kind string) (n int64) {
	for _, k := range s.Skipped {
		if k.Type == kind {
			n += k.Files
		}
	}
	return n
}

type copies struct {
	Hash    string
	Size    int64
	Copies  int
	Wanted  int
	Kept    bool
	Holders []struct {
		Device, ID            string
		Online, Self, Counted bool
	}
	Names []struct {
		Device, Folder, Path string
		MTime                time.Time
	}
}

// heldHere reports whether the device that was asked holds the item.
func (c *copies) heldHere() bool {
	for _, h := range c.Holders {
		if h.Self {
			return true
		}
	}
	return false
}

// event is a line of "homeroll pair --json", or an error.
type event struct {
	Type, Code, From, Message, Hint string
	Device                          *peer
}

type failure struct {
	Type, Message, Hint string
	Code                int
}
