package disk

// Room is the space of a filesystem, in bytes.
type Room struct {
	Free  int64 // for an ordinary user
	Total int64 // 0: the filesystem does not say how large it is, nor what is free
}
