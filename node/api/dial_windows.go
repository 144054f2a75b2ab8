package api

import (
	"context"
	"net"

	"github.com/Microsoft/go-winio"
)

func dialSocket(ctx context.Context, address string) (net.Conn, error) {
	return winio.DialPipeContext(ctx, address)
}
