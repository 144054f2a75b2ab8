package store

// Types are the lower-case extensions, without dot, of what is backed up.
// Content decides, too: a JPEG called .dat is media.
type Types struct{ Photos, Raw, Videos, Sidecars []string }

func (t Types) empty() bool {
	return len(t.Photos)+len(t.Raw)+len(t.Videos)+len(t.Sidecars) == 0
}

// DefaultTypes is what Config.Types means when it is empty.
func DefaultTypes() Types {
	return Types{
		Photos: []string{
			"jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "gif", "webp", "heic", "heif", "hif", "avif", "jxl",
			"jp2", "j2k", "jpx", "tif", "tiff", "bmp", "dib", "ppm", "pgm", "pnm", "insp", "psd",
		},
		Raw: []string{
			"dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "srw", "orf", "ori", "rw2", "raf", "pef", "ptx",
			"x3f", "3fr", "fff", "iiq", "eip", "erf", "mef", "mos", "mrw", "kdc", "dcr", "dc2", "k25", "rwl", "raw", "gpr", "cap", "bay",
		},
		Videos: []string{
			"mp4", "m4v", "mov", "qt", "avi", "mkv", "webm", "mts", "m2ts", "m2t", "3gp", "3g2", "mpg", "mpeg", "mpe",
			"wmv", "asf", "mod", "tod", "vob", "ogv", "flv", "dv", "insv", "360", "lrv", "mp", "crm", "braw", "mxf",
		},
		Sidecars: []string{"xmp", "aae", "json", "csv", "thm", "pp3", "dop", "srt"},
	}
}
