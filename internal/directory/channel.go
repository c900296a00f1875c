package directory

import (
	"net/url"
	"strings"
)

// Medium is how a channel carries words.
type Medium string

// The media.
const (
	Voice Medium = "voice"
	Text  Medium = "text"
	Chat  Medium = "chat"
	Web   Medium = "web"
	Email Medium = "email"
	TTY   Medium = "tty"
	Video Medium = "video"
	Fax   Medium = "fax"
)

// Media lists every medium.
func Media() []Medium { return []Medium{Voice, Text, Chat, Web, Email, TTY, Video, Fax} }

// Dialled reports whether the medium is reached by a number, not by an address on the network.
func (m Medium) Dialled() bool { return m == Voice || m == Text || m == TTY || m == Fax }

// Channel is one way to make contact.
type Channel struct {
	Medium    Medium
	Number    string // exactly as dialled: "988", "+16175550123"; never an E.164 form of a short code
	Extension string
	Menu      string   // what to do after the call is answered: "press 1"
	Keyword   string   // the word to send by text
	Address   string   // URL, or e-mail address
	Label     string   // what answers, when not the listing itself: "hospital switchboard"
	Languages []string // BCP 47; empty when not stated
	Cost      Cost
	Anonymous Answer
	Hours     Hours // its own; unknown means as the listing's
}

// Cost is what making contact costs.
type Cost string

// The costs. The empty one is unknown.
const (
	CostUnknown Cost = ""
	CostFree    Cost = "free"
	CostToll    Cost = "toll" // a local or mobile rate
)

// URI gives the link that opens the channel on a phone or a computer; "" when none can be made (a TTY relay such as
// "711 then 988" is dialled by hand).
func (c Channel) URI() string {
	switch c.Medium {
	case Voice, TTY, Fax:
		return c.dialURI("tel:")
	case Text:
		uri := c.dialURI("sms:")
		if uri != "" && c.Keyword != "" {
			uri += "?&body=" + url.PathEscape(c.Keyword) // "?&" is what both iPhone and Android read
		}
		return uri
	case Email:
		return "mailto:" + c.Address
	}
	return c.Address
}

func (c Channel) dialURI(scheme string) string {
	number := Digits(c.Number)
	if number == "" {
		return ""
	}
	if c.Extension != "" && scheme == "tel:" {
		number += ";ext=" + c.Extension
	}
	return scheme + number
}

// Digits gives a number as a phone sends it: a leading plus, digits, * and #, without the spaces, dots, dashes and
// brackets people write. It is "" when anything else stands in it, and for what would dial a wrong line: two numbers
// with a slash between, or the (0) that nobody dials after a country's code.
func Digits(number string) string {
	if strings.HasPrefix(number, "+") && strings.Contains(number, "(0)") {
		return ""
	}
	var b strings.Builder
	for i, r := range number {
		switch {
		case r >= '0' && r <= '9', r == '*', r == '#', r == '+' && i == 0:
			b.WriteRune(r)
		case strings.ContainsRune(" .-()", r):
		default:
			return ""
		}
	}
	return b.String()
}
