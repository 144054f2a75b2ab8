// Package api is how a running node is spoken to on its own machine: the JSON
// documents of docs/json.md as types, and a client of the control socket. The
// socket's permissions are its only guard, so it is never a network service.
//
// Start with [Client] and [Status].
package api

import (
	"encoding/json"
	"time"
)

// Schema is the version that every document carries.
const Schema = 1

// Status is the document of "homeroll status --json".
type Status struct {
	Schema       int       `json:"schema"`
	Type         string    `json:"type,omitempty"` // "status" on a line of status --follow
	Device       Device    `json:"device"`
	State        State     `json:"state"`
	Reason       string    `json:"reason"` // a sentence for people; "" when there is nothing to say
	Library      Library   `json:"library"`
	Vault        Vault     `json:"vault"`
	Copies       Copies    `json:"copies"`
	Incoming     Flow      `json:"incoming"`
	Outgoing     Flow      `json:"outgoing"`
	Progress     Progress  `json:"progress"`
	Skipped      []Skipped `json:"skipped"`
	ProblemCount int       `json:"problemCount"`
	Problems     []Problem `json:"problems"`  // the first 100
	NoteCount    int64     `json:"noteCount"` // files that are backed up, but cannot be shown
	Peers        []Peer    `json:"peers"`
	Phones       []Phone   `json:"phones"`
	Address      Address   `json:"address"`
}

// State is the one word for what a node is doing.
type State string

// The states: the first of these that is true is the node's.
const (
	StateStarting  State = "starting"
	StatePaused    State = "paused"
	StateAttention State = "attention"
	StateBackingUp State = "backing-up"
	StateScanning  State = "scanning"
	StateWaiting   State = "waiting"
	StateComplete  State = "complete"
)

// Device is this device.
type Device struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Role    string `json:"role"`
	Held    int64  `json:"held"` // items, in its folders and its vault, each counted once
}

// Library is what this device's folders hold: distinct items.
type Library struct {
	Items   int64    `json:"items"`
	Bytes   int64    `json:"bytes"`
	Folders []Folder `json:"folders"`
}

// Folder is one watched folder.
type Folder struct {
	Path       string   `json:"path"`
	PathBase64 []byte   `json:"pathBase64,omitempty"` // its bytes, where they are no UTF-8
	Label      string   `json:"label"`
	Items      int64    `json:"items"`
	Files      int64    `json:"files"`
	Bytes      int64    `json:"bytes"`
	State      string   `json:"state"`
	Lost       int64    `json:"lost,omitempty"` // files that are gone, while it is halted
	Detail     string   `json:"detail,omitempty"`
	Ignore     []string `json:"ignore,omitempty"`
}

// Vault is where this device keeps the others' media.
type Vault struct {
	Path       string `json:"path"`
	PathBase64 []byte `json:"pathBase64,omitempty"` // its bytes, where they are no UTF-8
	Items      int64  `json:"items"`
	Bytes      int64  `json:"bytes"`
	Away       bool   `json:"away,omitempty"` // it is not there now
	Budget     *int64 `json:"budget"`         // null = no limit
	Free       *int64 `json:"free"`
	Reserve    *int64 `json:"reserve,omitempty"`
}

// Copies says how safe the home's items are.
type Copies struct {
	Wanted    int     `json:"wanted"`
	Short     int64   `json:"short"`
	Kept      int64   `json:"kept"`
	ByHolders []int64 `json:"byHolders"` // byHolders[n] counts items with n holders
}

// Flow is what still travels one way; nil = unknown.
type Flow struct {
	Items          *int64 `json:"items"`
	Bytes          *int64 `json:"bytes"`
	BytesPerSecond int64  `json:"bytesPerSecond"`
}

// Progress is how far the present work has come, in files or items, and in
// their bytes where these are known.
type Progress struct {
	Done       int64  `json:"done"`
	Total      int64  `json:"total"`
	BytesDone  *int64 `json:"bytesDone"`
	BytesTotal *int64 `json:"bytesTotal"`
	ETASeconds *int64 `json:"etaSeconds"`
}

// Skipped counts files of one type that are not backed up.
type Skipped struct {
	Type        string   `json:"type"`
	Files       int64    `json:"files"`
	Paths       []string `json:"paths,omitempty"`       // the first few
	PathsBase64 [][]byte `json:"pathsBase64,omitempty"` // the bytes of those that are no UTF-8
}

// Problem is one item that is stuck.
type Problem struct {
	Path       *string   `json:"path"`
	PathBase64 []byte    `json:"pathBase64,omitempty"` // its bytes, where they are no UTF-8
	Hash       *string   `json:"hash"`
	Reason     string    `json:"reason"`
	Detail     string    `json:"detail"`
	Hint       string    `json:"hint"`
	Since      time.Time `json:"since"`
	Attempts   int       `json:"attempts"`
	Note       bool      `json:"note"` // it is backed up, and only cannot be shown: nothing is stuck
}

// Peer is another device of the home.
type Peer struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Role     Role       `json:"role"`
	Online   bool       `json:"online"`
	Address  *string    `json:"address"`
	LastSeen *time.Time `json:"lastSeen"`
	Held     int64      `json:"held"`
	Missing  int64      `json:"missing"`
	AsOf     *time.Time `json:"asOf"`
	Version  string     `json:"version,omitempty"`
	Lacks    []string   `json:"lacks,omitempty"` // what an older or newer version cannot do with this one
}

// Role is what a device keeps; "" is unknown, null in a document.
type Role string

// MarshalJSON writes null for an unknown role.
func (r Role) MarshalJSON() ([]byte, error) {
	if r == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(r))
}

// Phone is a phone that uploads here.
type Phone struct {
	Name       string     `json:"name"`
	LastUpload *time.Time `json:"lastUpload"`
	Items      int64      `json:"items"`
}

// Address is where this node can be reached.
type Address struct {
	Web    *string  `json:"web"`             // null = no page
	Pages  []string `json:"pages,omitempty"` // every address of the page, web first
	Plain  bool     `json:"plain,omitempty"` // other devices reach the page without HTTPS (web.tls = off)
	Listen []string `json:"listen"`
}

// Error is the document of every failure, and the error that a Client returns.
type Error struct {
	Schema  int    `json:"schema"`
	Type    string `json:"type"` // "error"
	Code    int    `json:"code"` // exit code
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// Error returns the message, without the hint.
func (e *Error) Error() string { return e.Message }

// Exit codes. 0 is success, 130 follows an interrupt.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitNoNode      = 3
	ExitCode        = 4
	ExitUnreachable = 5
	ExitDamage      = 6
	ExitTooFew      = 7
	ExitInterrupted = 130
)

// The types of pairing events.
const (
	EventCode     = "code"     // inviting: the code to type on the other device
	EventAttempt  = "attempt"  // inviting: somebody failed
	EventProgress = "progress" // joining: what is happening
	EventConfirm  = "confirm"  // joining: answer before anything is confirmed
	EventPaired   = "paired"   // the last one
)

// PairEvent is one line of "homeroll pair --json". Code and Expires come with "code";
// From and Message with "attempt"; Message with "progress"; From (the device that shows the code),
// Members and Session with "confirm"; Device with "paired".
type PairEvent struct {
	Schema  int        `json:"schema"`
	Type    string     `json:"type"`
	Code    string     `json:"code,omitempty"`
	Expires *time.Time `json:"expires,omitempty"`
	From    string     `json:"from,omitempty"`
	Message string     `json:"message,omitempty"`
	Members []string   `json:"members,omitempty"` // friendly names of the home's devices
	Session string     `json:"session,omitempty"` // for the answer to "confirm"
	Device  *Peer      `json:"device,omitempty"`
}

// PairRequest joins a home.
type PairRequest struct {
	Code    string `json:"code"`
	At      string `json:"at,omitempty"`
	Replace string `json:"replace,omitempty"`
}

// CopiesInfo is the document of "homeroll copies".
type CopiesInfo struct {
	Schema  int        `json:"schema"`
	Hash    string     `json:"hash"`
	Size    int64      `json:"size"`
	Copies  int        `json:"copies"`
	Wanted  int        `json:"wanted"`
	Kept    bool       `json:"kept"`
	Trashed bool       `json:"trashed"` // it counts nowhere
	Holders []Holder   `json:"holders"`
	Names   []ItemName `json:"names"`
}

// Holder is a device that holds an item.
type Holder struct {
	Device      string     `json:"device"` // friendly name
	ID          string     `json:"id"`
	Online      bool       `json:"online"`
	Self        bool       `json:"self"`
	Counted     bool       `json:"counted"` // false if it shares a disk with one that is counted
	Verified    *time.Time `json:"verified"`
	Paths       []string   `json:"paths"`                 // on this device only
	PathsBase64 [][]byte   `json:"pathsBase64,omitempty"` // the bytes of those that are no UTF-8
	Away        bool       `json:"away,omitempty"`        // none of them is there now
}

// ItemName is a name of an item on a device.
type ItemName struct {
	Device     string    `json:"device"`
	Folder     string    `json:"folder"`
	Path       string    `json:"path"`
	PathBase64 []byte    `json:"pathBase64,omitempty"` // its bytes, where they are no UTF-8
	MTime      time.Time `json:"mtime"`
}
