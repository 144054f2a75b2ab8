package control

import (
	"crypto/rand"
	"fmt"
	"net"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

// Listen opens a named pipe for a state directory, which the caller has locked.
// Its name is random, so nobody can take it first, and stands in the state
// directory; only this user and the system may open it.
func Listen(state string) (net.Listener, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, fmt.Errorf("find out who runs the node: %w", err)
	}
	pipe := `\\.\pipe\homeroll-` + rand.Text()
	l, err := winio.ListenPipe(pipe, &winio.PipeConfig{
		SecurityDescriptor: "D:P(A;;GA;;;SY)(A;;GA;;;" + user.User.Sid.String() + ")",
	})
	if err != nil {
		return nil, fmt.Errorf("open control pipe: %w", err)
	}
	return announce(state, pipe, l)
}
