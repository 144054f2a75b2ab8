package config

import (
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// lines tells the line, from 1, of each section, of each "section.key", and of "folder[0].key".
// The decoder gives values without places; this second walk over the syntax
// gives places without values.
type lines map[string]int

func lineIndex(data []byte) lines {
	found := lines{}
	var p unstable.Parser
	p.Reset(data)
	prefix, folders := "", 0
	for p.NextExpression() {
		node := p.Expression()
		name, line := keyAndLine(&p, node)
		switch node.Kind {
		case unstable.Table:
			prefix = name + "."
			found.put(name, line)
		case unstable.ArrayTable:
			found.put(name, line)
			name = fmt.Sprintf("%s[%d]", name, folders)
			folders++
			prefix = name + "."
			found.put(name, line)
		case unstable.KeyValue:
			found.put(prefix+name, line)
			if prefix == "" { // device.name = "x" before any table, or device = { name = "x" }
				section, _, _ := strings.Cut(name, ".")
				found.put(section, line)
				found.inline(&p, name, node.Value())
			}
		}
	}
	return found
}

// inline puts the keys of an inline table.
func (l lines) inline(p *unstable.Parser, section string, value *unstable.Node) {
	if value.Kind != unstable.InlineTable {
		return
	}
	children := value.Children()
	for children.Next() {
		name, line := keyAndLine(p, children.Node())
		l.put(section+"."+name, line)
	}
}

// put keeps the first place of a name.
func (l lines) put(name string, line int) {
	if _, ok := l[name]; !ok {
		l[name] = line
	}
}

func keyAndLine(p *unstable.Parser, node *unstable.Node) (string, int) {
	var parts []string
	line := 0
	for it := node.Key(); it.Next(); {
		if line == 0 {
			line = p.Shape(it.Node().Raw).Start.Line
		}
		parts = append(parts, string(it.Node().Data))
	}
	return strings.Join(parts, "."), line
}
