package main

import "homeroll/node/api"

// The colours in use, as SGR parameters (ECMA-48, 8.3.117).
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	blue   = "34"
)

func paint(on bool, colour, text string) string {
	if !on || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

func stateColour(s api.State) string {
	switch s {
	case api.StateComplete:
		return green
	case api.StateAttention:
		return red
	case api.StateWaiting, api.StatePaused:
		return yellow
	default:
		return blue
	}
}
