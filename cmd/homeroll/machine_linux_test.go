package main

import (
	"slices"
	"strings"
	"testing"
)

func TestPicturesDirectoryOfTheDesktop(t *testing.T) {
	for text, want := range map[string]string{
		"# comment\nXDG_DESKTOP_DIR=\"$HOME/Desktop\"\nXDG_PICTURES_DIR=\"$HOME/Bilder\"\n": "/home/anna/Bilder",
		"XDG_PICTURES_DIR=\"/mnt/big/My Photos\"\n":                                         "/mnt/big/My Photos",
		"XDG_PICTURES_DIR=\"$HOME/\"\n":                                                     "", // there is none
		"XDG_PICTURES_DIR=\"relative\"\n":                                                   "",
		"XDG_MUSIC_DIR=\"$HOME/Music\"\n":                                                   "",
	} {
		if got := xdgPictures(strings.NewReader(text), "/home/anna"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestMountsThatCouldHoldAVault(t *testing.T) {
	text := `proc /proc proc rw,nosuid 0 0
/dev/sda2 / ext4 rw,relatime 0 0
/dev/sda1 /boot/efi vfat rw 0 0
tmpfs /run tmpfs rw 0 0
/dev/sdb1 /mnt/big\040disk ext4 rw 0 0
/dev/sdb1 /bind/again ext4 rw 0 0
/dev/sr0 /media/cd iso9660 ro 0 0
/dev/loop1 /snap/core squashfs ro 0 0
/dev/sdc1 /mnt/readonly ext4 ro 0 0
nas:/vol /mnt/nas nfs4 rw 0 0
`
	if got, want := mountPoints(strings.NewReader(text)), []string{"/", "/mnt/big disk"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
