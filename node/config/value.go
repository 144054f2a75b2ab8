package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// assign puts a value of the file into the key's place in c, checked.
func (k key) assign(c *Config, v any) error {
	at := k.at(c)
	if err := k.decode(at, v); err != nil {
		return err
	}
	if k.check == nil {
		return nil
	}
	return k.check(at)
}

// assignText is assign for a value typed on a command line or in the environment,
// where lists are separated by commas.
func (k key) assignText(c *Config, text string) error {
	switch k.at(c).(type) {
	case *bool:
		b, err := strconv.ParseBool(strings.ToLower(text))
		if err != nil {
			return errors.New("is neither true nor false")
		}
		return k.assign(c, b)
	case *[]string:
		list := []any{}
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				list = append(list, part)
			}
		}
		return k.assign(c, list)
	default:
		return k.assign(c, text)
	}
}

func (k key) decode(at, v any) error {
	switch at := at.(type) {
	case *string:
		return decodeString(at, v)
	case *bool:
		b, ok := v.(bool)
		if !ok {
			return errors.New("is neither true nor false")
		}
		*at = b
	case *[]string:
		list, err := stringList(v)
		if err != nil {
			return err
		}
		*at = list
	case *Size:
		return k.decodeSize(at, v)
	case *Rate:
		return decodeRate(at, v)
	case *time.Duration:
		text, ok := v.(string)
		d, err := ParseDuration(text)
		if !ok || err != nil {
			return errors.New(`is not a duration such as "1h30m"`)
		}
		*at = d
	default:
		panic(fmt.Sprintf("config: key %s has a place of type %T", k.full(), at))
	}
	return nil
}

func decodeString(at *string, v any) error {
	text, ok := v.(string)
	if !ok {
		return errors.New("is not a text in quotes")
	}
	*at = text
	return nil
}

// decodeSize takes numbers and texts. The word for zero is the only way to write zero, so that a
// budget of nothing is not taken for one without limit.
func (k key) decodeSize(at *Size, v any) error {
	size := Size(-1)
	switch v := v.(type) {
	case int64:
		size = Size(v)
	case string:
		if v == k.zero {
			*at = 0
			return nil
		}
		parsed, err := ParseSize(v)
		if err != nil {
			return errors.New("is not a size")
		}
		size = parsed
	}
	if size <= 0 {
		return errors.New("is not a size above zero")
	}
	*at = size
	return nil
}

func decodeRate(at *Rate, v any) error {
	text, ok := v.(string)
	if !ok {
		return errors.New("is not a speed with its unit in quotes")
	}
	rate, err := ParseRate(text)
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), quote(strings.TrimSpace(text))+" "))
	}
	*at = rate
	return nil
}

func stringList(v any) ([]string, error) {
	values, ok := v.([]any)
	if !ok {
		return nil, errors.New("is not a list")
	}
	var list []string
	for _, value := range values {
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("has %v, which is not a text in quotes", value)
		}
		list = append(list, text)
	}
	return list, nil
}

// toml writes the key's value as the file has it.
func (k key) toml(c *Config) string {
	switch at := k.at(c).(type) {
	case *bool:
		return strconv.FormatBool(*at)
	case *[]string:
		return quoteList(*at)
	default:
		return quote(k.text(c))
	}
}

// text writes the key's value as a person types it.
func (k key) text(c *Config) string {
	switch at := k.at(c).(type) {
	case *string:
		return *at
	case *bool:
		return strconv.FormatBool(*at)
	case *[]string:
		return strings.Join(*at, ",")
	case *Size:
		if *at == 0 {
			return k.zero
		}
		return at.String()
	case *Rate:
		return at.String()
	case *time.Duration:
		return formatDuration(*at)
	default:
		panic(fmt.Sprintf("config: key %s has a place of type %T", k.full(), at))
	}
}

// quote writes a TOML basic string: TOML knows fewer escapes than Go's %q writes.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func quoteList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
