// Command homeroll keeps the photos and videos of a family on all of its
// computers: see README.md for what it does and docs/json.md for what it prints.
//
// This package parses, calls and prints. What a node does is in package node;
// how a running one is spoken to is in node/api. There is one file a command;
// start with [app], then any of them.
package main

import (
	"os"
	"runtime/debug"
)

// version is set by the release build: -ldflags "-X main.version=0.3.0".
var version = ""

func main() {
	os.Exit(realMain(os.Args[1:]))
}

// realMain is main with its exit code as a value, so that scripts can run it.
func realMain(args []string) (code int) {
	a := newApp()
	defer func() {
		if bug := recover(); bug != nil {
			code = a.reportBug(bug, debug.Stack())
		}
	}()
	return a.execute(args)
}
