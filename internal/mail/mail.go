// Package mail sends messages: through an SMTP server, or, where none is named, to the log.
//
// The rule to know: nothing that is put into a message can become a line of its header or a word of the protocol, and a
// password or a message never crosses a network unencrypted because a server said it can't do better.
//
// Start reading with smtp.go.
package mail

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"carefinder/internal/fault"
)

// Message is a text to one person.
type Message struct {
	To       string // an address as ValidAddress takes it
	Subject  string
	Body     string // lines end in \n
	Language string // BCP 47
}

// MaxAddress bounds an address, in bytes, as SMTP does.
const MaxAddress = 254

// plainAddress is what an address looks like that every server takes: no quotes, no comments, no letters beyond ASCII.
var plainAddress = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\\.)+[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])$")

// ValidAddress reports whether mail can be sent to an address. Exotic forms that the standards allow are refused: what
// is taken here may stand in a header and in the protocol as it is.
func ValidAddress(s string) bool { return len(s) <= MaxAddress && plainAddress.MatchString(s) }

// compose writes a message as it goes over the wire.
func compose(from mail.Address, m Message, at time.Time) ([]byte, error) {
	if !ValidAddress(m.To) {
		return nil, fault.New(fault.Invalid, "This is no address that mail can be sent to.")
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	var b bytes.Buffer
	for _, h := range [][2]string{
		{"From", from.String()},
		{"To", m.To},
		{"Subject", mime.QEncoding.Encode("utf-8", m.Subject)},
		{"Date", at.Format(time.RFC1123Z)},
		{"Message-ID", "<" + rand.Text() + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"}, // nobody's holiday notice shall answer
		{"Content-Language", m.Language},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		if strings.ContainsAny(strings.ReplaceAll(h[1], "\r\n ", ""), "\r\n\x00") { // what is folded goes on with a space
			return nil, fault.New(fault.Invalid, "The header "+h[0]+" would end in the middle.")
		}
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], h[1])
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	_, err := w.Write([]byte(strings.ReplaceAll(m.Body, "\n", "\r\n")))
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}

// Log writes messages to a log instead of sending them, for trying the program. Each entry says so.
type Log struct{ Log *slog.Logger }

// Send writes a message to the log, with all that is in it.
func (l Log) Send(ctx context.Context, m Message) error {
	if !ValidAddress(m.To) {
		return fault.New(fault.Invalid, "This is no address that mail can be sent to.")
	}
	l.Log.WarnContext(ctx, "mail is written here, not sent: no mail server is named", "to", m.To, "subject", m.Subject, "text", m.Body)
	return nil
}
