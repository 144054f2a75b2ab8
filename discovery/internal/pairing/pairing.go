// Package pairing lets a device join the home of another with a code that a
// person reads on one and types on the other. The side that shows the code is
// the inviter, the other the joiner; they have one stream between them, whose
// transport has proven both peer IDs.
//
// CPace turns the code into a key that depends on both peer IDs, the home and
// all that was said before, so whoever sits in between under an identity of
// its own gets a different one. The joiner proves the key first. Only when both
// have is the joiner told who is of the home; when it accepts, it is admitted,
// durably on the inviter before the joiner gives up its own home:
//
//	joiner → JoinHello    its versions, both peer IDs, the nameplate
//	inviter → Invite      version, both peer IDs, home, CPace share (attempt debited before)
//	joiner → Confirm      CPace share, proof of the key
//	inviter → Welcome     proof of the key; names of the members
//	joiner → Accept       its name, once the person agrees
//	inviter → Admission   the roster, once the admission is durable there
//	joiner → Saved        once the roster is durable here
//
// Either side may send a Failure instead. Whatever is lost on the way, pairing
// again completes it: an admission that the joiner never saw is found again.
//
// Start with [Invite] and [Join]; [Window] is the inviter's pure decisions.
package pairing

import (
	"io"
	"time"
)

// Protocol names it.
const Protocol = "/homeroll/pair/1"

// Times of the exchange.
const (
	WindowTime   = 5 * time.Minute  // a code is valid for
	exchangeTime = 5 * time.Second  // until both have proven the key, a person's part not included
	queueTime    = 45 * time.Second // a joiner waits for those before it
	personTime   = 2 * time.Minute  // for the person at the joiner to agree
	saveTime     = 30 * time.Second // for a roster to be sent, saved and acknowledged
)

// Conn is a stream to a peer that the transport authenticated.
type Conn interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}
