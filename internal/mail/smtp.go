package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"time"

	"carefinder/internal/fault"
)

// Security says how what is sent is kept from being read on the way.
type Security string

// The ways.
const (
	StartTLS  Security = "starttls" // a plain greeting, then TLS; a server that can't is refused
	TLS       Security = "tls"      // TLS from the first byte
	Plaintext Security = "none"     // none: for a server on the same machine
)

// Securities lists every way.
func Securities() []Security { return []Security{StartTLS, TLS, Plaintext} }

// Config is how an SMTP server is spoken to.
type Config struct {
	Addr     string // host and port
	Security Security
	User     string // "" signs in as nobody
	Password string
	From     string      // "Carefinder <care@example.org>"
	TLS      *tls.Config // nil trusts what the system does
}

// SMTP sends messages through a server. It is safe for concurrent use; each message has its own connection.
type SMTP struct {
	Config
	host string
	from mail.Address
}

// NewSMTP makes one, and says what is wrong with its configuration. It connects to nothing.
func NewSMTP(c Config) (*SMTP, error) {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil || !ValidAddress(from.Address) {
		return nil, fmt.Errorf("mail is sent from %q, which is no address", c.From)
	}
	if !slices.Contains(Securities(), c.Security) {
		return nil, fmt.Errorf("mail: there is no way to be secure called %q", c.Security)
	}
	if c.Security == Plaintext && c.User != "" && !loopback(host) {
		return nil, errors.New("mail: a password would cross the network unencrypted")
	}
	return &SMTP{Config: c, host: host, from: *from}, nil
}

// loopback reports whether a host is this machine by every name it can have.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// sendWait bounds a message on its way: a server may be slow, not endless.
const sendWait = 30 * time.Second

// Send delivers a message to the server. fault.Invalid is the last word about this message or its reader;
// after any other error another try may be heard. A message whose connection broke while the server took it may arrive
// twice when it is sent again.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	text, err := compose(s.from, m, time.Now())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendWait)
	defer cancel()
	conn, err := s.dial(ctx)
	if err != nil {
		return unreached(err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	c, err := s.greet(conn)
	if err != nil {
		return unreached(err)
	}
	if err := c.Mail(s.from.Address); err != nil {
		return unreached(err) // it is we who aren't liked, and that can be mended
	}
	if err := c.Rcpt(m.To); err != nil {
		return refused(err, aboutReader)
	}
	w, err := c.Data()
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return refused(err, nil)
	}
	_ = c.Quit() // the server has the message, whatever becomes of a farewell
	return nil
}

func (s *SMTP) dial(ctx context.Context) (net.Conn, error) {
	if s.Security == TLS {
		return (&tls.Dialer{Config: s.tls()}).DialContext(ctx, "tcp", s.Addr)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", s.Addr)
}

func (s *SMTP) tls() *tls.Config {
	c := &tls.Config{}
	if s.Config.TLS != nil {
		c = s.Config.TLS.Clone()
	}
	c.ServerName = s.host
	c.MinVersion = tls.VersionTLS12
	return c
}

// greet says hello, and who we are once nobody else can hear it.
func (s *SMTP) greet(conn net.Conn) (*smtp.Client, error) {
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return nil, err
	}
	// Many servers take nobody called localhost, which is what we were called otherwise.
	if err := c.Hello(s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:]); err != nil {
		return nil, err
	}
	if s.Security == StartTLS {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return nil, errors.New("the server offers no STARTTLS")
		}
		if err := c.StartTLS(s.tls()); err != nil {
			return nil, err
		}
	}
	if s.User == "" {
		return c, nil
	}
	return c, c.Auth(smtp.PlainAuth("", s.User, s.Password, s.host))
}

// unreached is a failure that has nothing to do with the message.
func unreached(err error) error {
	return fault.Wrap(fault.Unavailable, "The mail server can't be used right now.", fmt.Errorf("mail: %w", err))
}

// lastWords are the enhanced status codes (RFC 3463) about a mailbox. The others may be about us, which can be mended: what
// servers hold against a client, its name or the sender many say only once they know the reader.
var lastWords = regexp.MustCompile(`^5\.(1\.[1236]|2\.\d{1,3})(\s|$)`)

// enhanced is how an answer begins that has such a code.
var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}(\s|$)`)

// aboutReader are the codes that say, where the reader was named and no enhanced one says otherwise, that there is none.
var aboutReader = []int{550, 553}

// refused is what a server says to a message: for good where it is about the mailbox, by its enhanced code or else by one
// of those that speak plainly; for now with any other.
func refused(err error, plainly []int) error {
	var said *textproto.Error
	if errors.As(err, &said) && said.Code >= 500 &&
		(lastWords.MatchString(said.Msg) || slices.Contains(plainly, said.Code) && !enhanced.MatchString(said.Msg)) {
		return fault.Wrap(fault.Invalid, "The mail server refused this message.", fmt.Errorf("mail: %w", err))
	}
	return unreached(err)
}
