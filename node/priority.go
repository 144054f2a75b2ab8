package node

// LowerPriority lets whatever else runs on this machine have the processor and
// the disk first, for the whole process and what it starts from now on. On an
// idle machine that costs nothing: it decides who waits, not how long one
// alone takes.
//
// What systems call background modes goes further and is not used: on macOS it
// moves a process to the small cores, on Windows it takes its memory away, on
// Linux the idle class of disks stands still beside any other reader.
func LowerPriority() error { return lowerPriority() }
