// Package group finds items that are one picture to people: the two files of a
// Live Photo, RAW and JPEG, a burst, a picture and its sidecar.
package group

import "homeroll/store/media"

// Member is one item that may belong to a group. Items that share a directory
// and stem, a content ID or a burst are offered together.
type Member struct {
	ID      media.ID
	Dirs    []string // where its files are: device, folder and directory, one text each, beside Names
	Names   []string // base names, one for each of Dirs
	Picture media.Picture
}

// Group is one picture to people.
type Group struct {
	Kind    media.GroupKind
	Lead    media.ID   // what is shown
	Members []media.ID // all, the lead first, then by hash
}

// Of returns the groups among members. Each member is in at most one; one
// alone is in none, unless it is a motion photo.
func Of(members []Member) []Group { panic("unwritten") }

// Stem returns what names of files that belong together have in common:
// "IMG_0001" of IMG_0001.JPG, img_0001.mov, IMG_0001.JPG.json,
// IMG_0001(1).jpg.supplemental-metadata.json aside. Lower case.
func Stem(base string) string { panic("unwritten") }
