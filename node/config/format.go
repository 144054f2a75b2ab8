package config

import "strings"

// Format writes the whole file: every key with its value, a comment above it. Parse returns
// an equal Config.
func Format(c Config) []byte {
	var b strings.Builder
	b.WriteString(header)
	section := ""
	for _, k := range keys {
		if k.section != section {
			section = k.section
			b.WriteString("\n[" + section + "]\n")
		}
		writeComment(&b, k)
		b.WriteString(k.name + " = " + k.toml(&c) + "\n")
	}
	b.WriteString(folderComment)
	for _, f := range c.Folders {
		b.WriteString("\n[[folder]]\npath = " + quote(f.Path) + "\nignore = " + quoteList(f.Ignore) + "\n")
	}
	return []byte(b.String())
}

const header = `# homeroll's settings on this device. Changes take effect at the next start.
# Each key can be overridden by an environment variable (HOMEROLL_SECTION_KEY, such as
# HOMEROLL_VAULT_BUDGET), and that by a flag of "homeroll run".
# Check this file with: homeroll config check
`

const folderComment = `
# Watched folders: never changed, only read. One [[folder]] for each, with its absolute
# path and patterns of what to leave out (matched with the path inside the folder, or
# with a file's name):
#
#   [[folder]]
#   path = "/home/anna/Pictures"
#   ignore = ["*.tmp", "Screenshots/*"]
`

func writeComment(b *strings.Builder, k key) {
	if k.comment == "" {
		return
	}
	for line := range strings.SplitSeq(k.comment, "\n") {
		b.WriteString("# " + line + "\n")
	}
	fallback := Default()
	if _, list := k.at(&fallback).(*[]string); !list {
		b.WriteString("# Default: " + k.toml(&fallback) + "\n")
	}
}
