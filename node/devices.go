package node

import (
	"context"
	"fmt"
	"strings"
	"time"

	"homeroll/discovery"
	"homeroll/node/api"
)

// minIDPart is how many characters of an ID must be given to mean a device.
const minIDPart = 4

// findDevice returns the member that text means: its friendly name, whatever the case
// unless two differ only in that, its ID, or the unique beginning or end of one.
func findDevice(members []discovery.Member, text string) (discovery.Member, error) {
	for _, means := range []func(discovery.Member) bool{
		func(m discovery.Member) bool { return m.Name == text || string(m.Device) == text },
		func(m discovery.Member) bool { return strings.EqualFold(m.Name, text) },
		func(m discovery.Member) bool {
			id := string(m.Device)
			return len(text) >= minIDPart && (strings.HasPrefix(id, text) || strings.HasSuffix(id, text))
		},
	} {
		var found []discovery.Member
		for _, m := range members {
			if means(m) {
				found = append(found, m)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return discovery.Member{}, usage(fmt.Sprintf("%q means %d devices: %s", text, len(found), listDevices(found)), "give the ID")
		}
	}
	return discovery.Member{}, usage(fmt.Sprintf("no device of the home is called %q", text), "the devices are "+listDevices(members))
}

func listDevices(members []discovery.Member) string {
	var names []string
	for _, m := range members {
		names = append(names, fmt.Sprintf("%s (%s)", m.Name, m.Device.Short()))
	}
	return strings.Join(names, ", ")
}

// Rename gives a device of the home another name.
func (c *commands) Rename(ctx context.Context, device, name string) error {
	m, err := findDevice(c.host.Members(), device)
	if err != nil {
		return err
	}
	return c.host.Rename(ctx, m.Device, name)
}

// Remove removes another device from the home.
func (c *commands) Remove(ctx context.Context, device string) error {
	m, err := findDevice(c.host.Members(), device)
	if err != nil {
		return err
	}
	if m.Self {
		return usage(m.Name+" is this device", "run homeroll leave to leave the home")
	}
	return c.host.Remove(ctx, m.Device)
}

// Connect remembers an address of a device and dials it now.
func (c *commands) Connect(ctx context.Context, device, addr string) error {
	m, err := findDevice(c.host.Members(), device)
	if err != nil {
		return err
	}
	if m.Self {
		return usage(m.Name+" is this device", "name another device of the home")
	}
	return c.host.Connect(ctx, m.Device, addr)
}

// Leave leaves the home.
func (c *commands) Leave(ctx context.Context) error {
	if err := c.host.Leave(ctx); err != nil {
		return err
	}
	return c.node().applyHome(ctx)
}

// Invite opens a pairing window and waits for one device to join.
func (c *commands) Invite(ctx context.Context, emit func(api.PairEvent)) (*api.Peer, error) {
	m, err := c.host.Invite(ctx, discovery.InviteUI{
		Show: func(code string, expires time.Time) {
			emit(api.PairEvent{Type: api.EventCode, Code: code, Expires: timeOrNil(expires)})
		},
		Attempt: func(from, what string) { emit(api.PairEvent{Type: api.EventAttempt, From: from, Message: what}) },
	})
	return c.paired(ctx, m, err)
}

// Join joins the home of the device that shows the code.
func (c *commands) Join(ctx context.Context, r api.PairRequest, emit func(api.PairEvent), confirm func(api.PairEvent) bool) (*api.Peer, error) {
	m, err := c.host.Join(ctx, discovery.JoinRequest{
		Code:    r.Code,
		At:      r.At,
		Replace: r.Replace,
		Confirm: func(home string, members []string) bool {
			return confirm(api.PairEvent{From: home, Members: members})
		},
		Progress: func(what string) { emit(api.PairEvent{Type: api.EventProgress, Message: what}) },
	})
	return c.paired(ctx, m, err)
}

func (c *commands) paired(ctx context.Context, m discovery.Member, err error) (*api.Peer, error) {
	if err != nil {
		return nil, err
	}
	if err := c.node().applyHome(ctx); err != nil {
		return nil, err
	}
	s, err := c.node().survey(ctx)
	if err != nil {
		return nil, err
	}
	peer := s.peer(m)
	return &peer, nil
}
