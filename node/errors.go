package node

import (
	"cmp"
	"context"
	"errors"
	"io/fs"

	"homeroll/discovery"
	"homeroll/node/api"
	"homeroll/node/internal/web/home"
	"homeroll/store"
	"homeroll/store/media"
)

// explanations gives the errors that people meet their exit code and hint. The
// words are the error's own: they say more than a table could.
var explanations = []struct {
	err  error
	code int
	hint string
}{
	{discovery.ErrBadCode, api.ExitCode, "type it as the other device shows it, like K7-4MP-X2R"},
	{discovery.ErrWrongCode, api.ExitCode, "read it again on the other device; if it is right, someone may be in the middle: connect both devices to a network that you trust"},
	{discovery.ErrExpired, api.ExitCode, "run homeroll pair again for a new code"},
	{discovery.ErrWindowClosed, api.ExitCode, "run homeroll pair on the other device first, and type the code that it shows"},
	{discovery.ErrWindowLocked, api.ExitCode, "run homeroll pair again for a new code"},
	{discovery.ErrLockedOut, api.ExitCode, "open a new window: homeroll pair on the other device"},
	{discovery.ErrRelay, api.ExitCode, "nobody was admitted; connect both devices to a network that you trust"},
	{discovery.ErrBusy, api.ExitFailed, "try again in a few seconds"},
	{discovery.ErrDeclined, api.ExitFailed, "nobody was admitted"},
	{discovery.ErrAborted, api.ExitFailed, "nobody was admitted; run homeroll pair again on both devices"},
	{discovery.ErrNoSuchName, api.ExitUsage, "homeroll devices, on a device of the home, lists the names"},
	{discovery.ErrNotFound, api.ExitUnreachable, "check that both devices are on one network; where multicast is blocked: homeroll pair CODE --at ADDR"},
	{discovery.ErrUnreachable, api.ExitUnreachable, "check that homeroll runs there and that a firewall lets its port through"},
	{discovery.ErrWindowOpen, api.ExitFailed, "use the code that it shows, or end that homeroll pair"},
	{discovery.ErrOwnCode, api.ExitUsage, "type it on the other device"},
	{discovery.ErrAlreadyMember, api.ExitFailed, "homeroll devices lists the devices of the home"},
	{discovery.ErrOtherHome, api.ExitFailed, "run homeroll leave first on the device that types the code, or show the code on a device of its home"},
	{discovery.ErrNameTaken, api.ExitFailed, "choose another name with homeroll devices rename, or take that device's place with --replace NAME"},
	{discovery.ErrBadName, api.ExitUsage, "a name has 1 to 64 characters, none of them a control character"},
	{discovery.ErrRemoved, api.ExitFailed, "pair again to come back: homeroll pair"},
	{discovery.ErrFull, api.ExitFailed, "remove a device that is no longer used: homeroll devices remove NAME"},
	{discovery.ErrAlone, api.ExitFailed, "there is no home to leave: nothing was changed"},
	{discovery.ErrNotMember, api.ExitUsage, "homeroll devices lists the devices of the home"},
	{discovery.ErrVersion, api.ExitFailed, "update homeroll on both devices"},
	{discovery.ErrNotRunning, api.ExitFailed, "the node is starting or stopping: try again"},
	{store.ErrVaultMissing, api.ExitFailed, "connect the disk of the vault"},
	{store.ErrVaultBusy, api.ExitFailed, "wait until the vault is moved: homeroll status"},
	{store.ErrOnlyCopies, api.ExitTooFew, "bring the old vault's disk back and use homeroll vault move; to give these items up for good, add --accept-loss"},
	{store.ErrNotHalted, api.ExitUsage, "homeroll folders lists the folders and what they wait for"},
	{store.ErrLostMore, api.ExitFailed, "look again: homeroll folders"},
	{ErrBenching, api.ExitFailed, "wait for it, or interrupt the other homeroll bench"},
	{store.ErrVerifying, api.ExitFailed, "wait for it, or interrupt the other homeroll verify"},
	{store.ErrStopped, api.ExitFailed, "the node is stopping: start it again with homeroll run"},
	{store.ErrText, api.ExitUsage, "a title is one line of 1 to 200 characters, a caption has at most 2000"},
	{store.ErrAlbums, api.ExitFailed, "delete albums that nobody uses any more"},
	{home.ErrNoAlbum, api.ExitFailed, "it may have been deleted on another device"},
	{store.ErrNoSpace, api.ExitFailed, "free some space on the disk of the vault, or raise vault.budget"},
	{media.ErrNotHeld, api.ExitFailed, "give the path of a file in a watched folder or the vault, or the hash of a photo"},
	{errNoPage, api.ExitFailed, "start it with a page: homeroll run --web 127.0.0.1; or for good: homeroll config set web.addr 127.0.0.1"},
	{fs.ErrNotExist, api.ExitFailed, "check the path"},
	{fs.ErrPermission, api.ExitFailed, "check that the user who runs the node may read it"},
}

// hinted is an error that says itself what to do: one with a method Hint.
type hinted interface{ Hint() string }

// Explain turns an error into what a person is told.
func (c *commands) Explain(err error) *api.Error { return Explain(err) }

// Explain turns an error of this package, or of what it is made of, into what a person is told.
func Explain(err error) *api.Error {
	var told *api.Error
	if errors.As(err, &told) {
		return told
	}
	var locked *LockedError
	if errors.As(err, &locked) {
		return &api.Error{Code: api.ExitFailed, Message: err.Error(), Hint: "speak to that one, or give this one a state directory of its own with --state"}
	}
	var overlap *store.OverlapError
	if errors.As(err, &overlap) {
		return &api.Error{Code: api.ExitUsage, Message: err.Error(), Hint: "each file is watched once: choose a folder that neither lies in another one nor contains one"}
	}
	var target *store.VaultTargetError
	if errors.As(err, &target) {
		return &api.Error{Code: api.ExitUsage, Message: target.Error(), Hint: target.Hint()}
	}
	hint := ""
	var h hinted
	if errors.As(err, &h) {
		hint = h.Hint()
	}
	for _, e := range explanations {
		if errors.Is(err, e.err) {
			return &api.Error{Code: e.code, Message: err.Error(), Hint: cmp.Or(hint, e.hint)}
		}
	}
	if errors.Is(err, context.Canceled) {
		return &api.Error{Code: api.ExitInterrupted, Message: "interrupted"}
	}
	return &api.Error{Code: api.ExitFailed, Message: err.Error(), Hint: cmp.Or(hint, "homeroll status and the node's log may say more")}
}

// usage is an error of what was asked, with exit code 2.
func usage(message, hint string) error {
	return &api.Error{Code: api.ExitUsage, Message: message, Hint: hint}
}
