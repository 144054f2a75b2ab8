package syncproto

import (
	"time"

	"homeroll/store/media"
)

// Limits of the manifest protocol. Sizes are in bytes. What exceeds one ends
// the stream with a [LimitError].
const (
	maxHello  = 8 << 10
	maxRoots  = 64 << 10
	maxAsk    = 128 << 10
	maxAnswer = 1 << 20
	maxDelta  = 512 << 10

	// Unknown frames of later minor versions are skipped up to this size.
	maxUnknown = 1 << 20

	maxCapabilities = 64 // in a hello, each at most maxWord
	maxWord         = 64
	maxAuthors      = 1024    // whose roots one peer may offer
	maxManifest     = 1 << 32 // records that a root may claim

	// pushBytes bounds the delta that is pushed unasked; what is larger is
	// walked, at the receiver's pace.
	pushBytes = 256 << 10

	maxPrefixes     = 256  // in one ask
	maxFingerprints = 8192 // in the answer to one ask
	maxRecordsAsk   = 512  // fingerprints in one ask for records
	// maxSubtree is how many records are asked for at once below prefixes
	// where nothing is stored yet; at the usual 40 to 190 bytes a record they
	// fit one answer.
	maxSubtree = 4096
	// answerBytes is where an answerer stops adding records to an answer.
	answerBytes = 768 << 10

	// maxAsks asks may be unanswered on a stream, so that at most maxAsks ×
	// maxAnswer bytes are on their way to a follower.
	maxAsks = 4
	// maxWalks manifests are walked at once with one peer.
	maxWalks = 4
	// maxFrontier bounds the differing subtrees that a walk remembers.
	maxFrontier = 16 << 10
	// maxDeltas pushed deltas wait to be applied; beyond that only the root is
	// remembered, and the walk finds the rest.
	maxDeltas = 8

	// streamWindow is the zstd window of a manifest stream, each way.
	streamWindow = 256 << 10
)

// Limits of the fetch protocol.
const (
	maxRequest  = 256
	maxResponse = 64
	// maxRun is how many groups one request may name (16 MiB): what a pause, a
	// cancelled fetch or a lost peer wastes at most, twice, because the next run
	// is asked for before the first has arrived.
	maxRun = 64
	// smallGroups is the largest item, in groups, that travels on the streams
	// for small items.
	smallGroups = 4
	smallLanes  = 2
	largeLanes  = 2
	// A lane has at most this many requests unanswered.
	smallDepth = 128
	largeDepth = 8
	// maxExpected requests that have arrived are looked up together.
	maxExpected = 64
	// maxFetchStreams are answered for one peer at once; another gets "busy".
	maxFetchStreams = 8
	// drainGroups of a cancelled run are read and thrown away rather than
	// resetting the stream that others use.
	drainGroups = 4

	maxWrite = 256 << 10 // bytes in one write to a stream
	maxBlock = media.GroupSize
)

const (
	// stallAfter without a byte, while one is due, ends a stream.
	stallAfter = 30 * time.Second
	// laneIdle closes a fetch stream that nobody uses; its answerer waits
	// longer, so that it is the asker who closes.
	laneIdle  = 20 * time.Second
	serveIdle = 2 * time.Minute

	// Changes are stated every pushEvery while they come all the time; up to
	// pushBurst more are stated at once after a rest.
	pushEvery = 50 * time.Millisecond
	pushBurst = 3
	// After a statement of many records the next one waits for pushRest for each of
	// them, and no longer than pushMost.
	pushRest = 500 * time.Microsecond
	pushMost = 500 * time.Millisecond

	retryFirst = 500 * time.Millisecond
	retryMost  = time.Minute
)
