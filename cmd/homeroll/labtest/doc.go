// Package labtest runs the real homeroll binary on real hosts: network
// namespaces joined by one switch with real multicast, each with its own
// hostname, user, folders and vault. It sees what a user sees, the commands,
// their JSON, the files and the packets, and imports nothing of homeroll.
//
// The tests need Linux, root and the lab beside the repository, so they have a
// build tag:
//
//	go test -tags lab -v -parallel 3 ./cmd/homeroll/labtest/
//
// Tests that measure run alone, those that mostly wait run side by side, each
// on a network of its own. Each prints its figures. HOMEROLL_LAB_FULL=1 runs them at full size,
// HOMEROLL_LAB_REQUIRED=1 makes a missing lab a failure instead of a skip,
// HOMEROLL_LAB_KEEP=1 leaves every host's files behind, HOMEROLL_LAB_BIN=FILE tests
// that binary instead of building one, HOMEROLL_LAB_FILES=N is another number of small files
// to send, HOMEROLL_LAB_POINTS=N another number of crashes or faults. Start with host_test.go.
package labtest
