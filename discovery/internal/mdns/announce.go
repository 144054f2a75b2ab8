package mdns

import (
	"context"
	"errors"
	"net"
	"reflect"
	"strings"
	"time"

	"github.com/grandcat/zeroconf"
)

// wanted is all that makes one registration differ from another.
type wanted struct {
	Record  Record
	On      []string // interface names with their addresses
	Renewal int
	ifaces  []net.Interface
}

func (s *Service) wanted() wanted {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := wanted{Record: s.record, Renewal: s.renewal, ifaces: multicast(s.links)}
	for _, l := range s.links {
		name := l.Interface.Name
		for _, a := range l.Addresses {
			name += " " + a.String()
		}
		w.On = append(w.On, name)
	}
	return w
}

func (w wanted) same(v wanted) bool {
	return reflect.DeepEqual(w.Record, v.Record) && reflect.DeepEqual(w.On, v.On) && w.Renewal == v.Renewal
}

// registration is the server that runs now; its zero value is none.
type registration struct {
	server *zeroconf.Server
	of     wanted
}

// keepAnnounced registers what is wanted, anew after each change, until ctx
// ends. A failure, such as all links being down, is a retry.
func (s *Service) keepAnnounced(ctx context.Context) {
	var now registration
	defer func() { now.stop() }()
	for {
		again := time.NewTimer(retry)
		var due <-chan time.Time
		if err := now.become(s.wanted()); err != nil {
			s.cfg.Log.Debug("announce by multicast DNS", "err", err, "retry", retry)
			due = again.C
		}
		select {
		case <-ctx.Done():
		case <-s.announce:
		case <-due:
		}
		again.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

func (r *registration) become(w wanted) error {
	if r.server != nil && r.of.same(w) {
		return nil
	}
	r.stop()
	if w.Record.Port == 0 || len(w.Record.Addresses) == 0 {
		return nil // nothing to announce until that changes
	}
	if len(w.ifaces) == 0 {
		return errNoLink
	}
	server, err := register(w)
	if err != nil {
		return err
	}
	*r = registration{server, w}
	return nil
}

// stop says goodbye.
func (r *registration) stop() {
	if r.server != nil {
		r.server.Shutdown()
	}
	*r = registration{}
}

// register announces under a host name of its own: the machine's name belongs
// to the system's responder, whose addresses ours would flush from caches.
func register(w wanted) (*zeroconf.Server, error) {
	var ips []string
	for _, a := range w.Record.Addresses {
		ips = append(ips, a.WithZone("").String())
	}
	for _, t := range w.Record.Text {
		if len(t) > maxText {
			return nil, errors.New("text of more than 255 bytes")
		}
	}
	return zeroconf.RegisterProxy(w.Record.Instance, ServiceType, "local", w.Record.Port,
		hostLabel(w.Record.Instance), ips, escapeAll(w.Record.Text), w.ifaces)
}

func hostLabel(instance string) string {
	return "homeroll-" + strings.ToLower(instance[max(0, len(instance)-16):])
}
