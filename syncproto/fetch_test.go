package syncproto

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"homeroll/store/media"
)

func TestTwoThousandSmallItemsAndALargeOneOverTCP(t *testing.T) {
	net, a, b := newLAN(), newModel(1), newModel(2)
	net.pipe = tcpPipe(t)
	var items []*content
	for i := range 2000 {
		items = append(items, a.hold(noise(1+i*37%20_000, uint64(i))))
	}
	items = append(items, a.hold(noise(70*media.GroupSize+13, 9)), a.hold(nil))
	ea, eb := net.node(a), net.node(b)
	var wg sync.WaitGroup
	for _, c := range items {
		wg.Go(func() {
			s := newSink(c.item)
			if err := eb.Fetch(context.Background(), a.self, s); err != nil {
				t.Error(err)
			} else if !bytes.Equal(s.data, c.data) {
				t.Errorf("%v differs", c.item)
			}
		})
	}
	wg.Wait()
	eb.Close()
	ea.Close()
	net.served.Wait()
}
