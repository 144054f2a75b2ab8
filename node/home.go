package node

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"homeroll/store/media"
)

// Where the number of wanted copies is kept, what it is by default, and its
// bounds.
const (
	copiesWanted  = "copies.wanted"
	defaultCopies = 2
	maxCopies     = 16
)

// wantedCopies returns the home's number of wanted copies.
func (n *Node) wantedCopies() int {
	text, ok := n.host.Setting(copiesWanted)
	if v, err := strconv.Atoi(text); ok && err == nil && v >= 1 && v <= maxCopies {
		return v
	}
	return defaultCopies
}

// followHome keeps the store informed of who belongs to the home.
func (n *Node) followHome(ctx context.Context) error {
	for {
		changed := n.host.Changed()
		if err := n.applyHome(ctx); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// applyHome tells the store of the home and its members as they are now.
func (n *Node) applyHome(ctx context.Context) error {
	n.home.Lock()
	defer n.home.Unlock()
	home := n.host.Home()
	if home != n.home.applied {
		if err := n.store.SetHome(ctx, home); err != nil {
			return fmt.Errorf("enter home: %w", err)
		}
		n.home.applied, n.home.members = home, nil
	}
	var devices []media.Device
	names := map[media.Device]string{}
	for _, m := range n.host.Members() {
		devices = append(devices, m.Device)
		names[m.Device] = m.Name
	}
	slices.Sort(devices)
	n.store.SetDeviceNames(names)
	if slices.Equal(devices, n.home.members) {
		return nil
	}
	if err := n.store.SetMembers(ctx, devices); err != nil {
		return fmt.Errorf("apply members: %w", err)
	}
	n.home.members = devices
	return nil
}

// knows reports whether the store already takes the device's records.
func (n *Node) knows(d media.Device) bool {
	n.home.Lock()
	defer n.home.Unlock()
	return slices.Contains(n.home.members, d)
}

// introduce makes sure that the store takes the records of a member that has
// just connected, which may be before followHome comes round to it.
func (n *Node) introduce(ctx context.Context, d media.Device) {
	if n.knows(d) {
		return
	}
	if err := n.applyHome(ctx); err != nil && ctx.Err() == nil {
		n.log.Error("apply members", "peer", d.Short(), "error", err)
	}
}

// follow keeps up with a connected member's records until the connection ends.
// A member that misbehaves is asked again, less and less often.
func (n *Node) follow(ctx context.Context, d media.Device) {
	n.introduce(ctx, d)
	n.transfers.connected(d)
	n.borrower.connected(d)
	for wait := time.Second; ; wait = min(2*wait, 5*time.Minute) {
		err := n.exchange.Follow(ctx, d)
		if ctx.Err() != nil {
			return
		}
		n.log.Warn("follow records", "peer", d.Short(), "error", err, "again", wait)
		if !sleep(ctx, wait) {
			return
		}
	}
}

// serve returns the handler of a protocol's streams.
func (n *Node) serve(protocol string) func(context.Context, media.Device, net.Conn) {
	return func(ctx context.Context, from media.Device, conn net.Conn) {
		n.introduce(ctx, from)
		if err := n.exchange.Serve(ctx, from, protocol, conn); err != nil && ctx.Err() == nil {
			n.log.Debug("serve peer", "peer", from.Short(), "protocol", protocol, "error", err)
		}
	}
}

// sleep waits; false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
