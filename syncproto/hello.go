package syncproto

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protodelim"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// minorVersion counts additions to the protocols that older nodes may ignore.
// What breaks them is another protocol ID.
const minorVersion = 0

// Capabilities are what a node of this major version may or may not be able to
// do. The text finishes the sentence "it cannot …".
const (
	canPush     = "push"
	canSubtrees = "subtrees"
	canHints    = "hints"
	canDiffer   = "differences"
	canZstd     = "zstd-items"
	canPatch    = "patches"
	canPreview  = "previews"
)

var capabilities = []struct{ name, text string }{
	{canPush, "tell of new pictures at once"},
	{canSubtrees, "send a whole catalogue quickly"},
	{canHints, "compare catalogues with little traffic"},
	{canDiffer, "tell what is new without listing what is not"},
	{canZstd, "compress raw pictures on the way"},
	{canPatch, "tell what an edit of its tags has changed of a picture"},
	{canPreview, "show small pictures before the large ones have come"},
}

// greeting is what the other end said of itself.
type greeting struct {
	version string
	can     []string
}

func (g greeting) has(capability string) bool { return slices.Contains(g.can, capability) }

func (e *Exchange) hello() *wire.Hello {
	home := e.cfg.Home()
	return &wire.Hello{Minor: minorVersion, Version: printable(e.cfg.Version), Home: home[:], Capabilities: e.can}
}

func allCapabilities() (names []string) {
	for _, c := range capabilities {
		names = append(names, c.name)
	}
	return names
}

// greet sends and receives a hello. It waits for the peer's only after its own
// is on the way, so both ends may do the same.
func (e *Exchange) greet(l *link, r *bufio.Reader, home media.Home) (g greeting, err error) {
	sent := make(chan error, 1)
	go func() {
		_, err := protodelim.MarshalTo(l, e.hello())
		sent <- err
	}()
	g, err = readHello(l, r, home)
	if err != nil && !errors.Is(err, ErrOtherHome) {
		_ = l.Close() // frees the write above; the other home's end is to read it
	}
	if sendErr := <-sent; err == nil && sendErr != nil {
		err = fmt.Errorf("send hello: %w", sendErr)
	}
	return g, err
}

func readHello(l *link, r *bufio.Reader, home media.Home) (greeting, error) {
	if err := l.expect(l.stall); err != nil {
		return greeting{}, err
	}
	var m wire.Hello
	if err := (protodelim.UnmarshalOptions{MaxSize: maxHello}).UnmarshalFrom(r, &m); err != nil {
		return greeting{}, fmt.Errorf("read hello: %w", decodeError(err))
	}
	g, err := greetingOf(home, &m)
	if err != nil {
		return g, err
	}
	return g, l.expect(0)
}

func greetingOf(home media.Home, m *wire.Hello) (greeting, error) {
	if len(m.Home) != len(home) {
		return greeting{}, malformed("hello with a home of %d bytes", len(m.Home))
	}
	if media.Home(m.Home) != home {
		return greeting{}, ErrOtherHome
	}
	if err := limited("capabilities", len(m.Capabilities), maxCapabilities); err != nil {
		return greeting{}, err
	}
	g := greeting{version: printable(m.Version)}
	for _, c := range m.Capabilities {
		g.can = append(g.can, printable(c))
	}
	return g, nil
}

// missing returns sentences for what one of the two ends lacks.
func (g greeting) missing(name, ownVersion string) (out []string) {
	for _, c := range capabilities {
		if !g.has(c.name) {
			out = append(out, fmt.Sprintf("%s (%s) cannot %s", name, g.version, c.text))
		}
	}
	for _, c := range g.can {
		if !known(c) {
			out = append(out, fmt.Sprintf("this device (%s) cannot do %q, which %s (%s) can: update homeroll here", ownVersion, c, name, g.version))
		}
	}
	return out
}

func known(capability string) bool {
	return slices.Contains(allCapabilities(), capability)
}

// printable cuts what a peer says of itself down to what may be shown.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return -1
		}
		return r
	}, s[:min(len(s), maxWord)])
}
