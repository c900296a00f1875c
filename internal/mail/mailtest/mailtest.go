// Package mailtest is an SMTP server on loopback that speaks the real protocol, and fails where a test wants it to.
//
// Start reading with Serve.
package mailtest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is an SMTP server. Its fields are set with Change.
type Server struct {
	Addr string
	// Trust lets a client believe the server's certificate.
	Trust *tls.Config

	mu   sync.Mutex
	how  Faults
	got  []Mail
	said []string
	cert tls.Certificate
	news chan Mail
}

// Faults say how the server behaves. The zero Faults is a good server that wants STARTTLS and no password.
type Faults struct {
	NoStartTLS bool
	FromStart  bool              // TLS from the first byte
	User       string            // who must sign in
	Password   string            //
	Answers    map[string]string // what is said instead of the good answer to a command: "RCPT": "550 no such user"
	CutAt      string            // the command, or "." for the end of a message, at which the connection is cut
	Mute       string            // the command that is never answered
}

// Mail is a message that was taken.
type Mail struct {
	From, To string // of the envelope
	Subject  string // decoded
	Body     string // decoded, lines ending in \n
	Header   mail.Header
	TLS      bool   // it came encrypted
	User     string // who signed in
}

// Serve starts a server for the length of a test.
func Serve(t testing.TB, how Faults) *Server {
	t.Helper()
	s := &Server{how: how, news: make(chan Mail, 100)}
	s.cert, s.Trust = certificate(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = ln.Addr().String()
	var all sync.WaitGroup
	var open sync.Map
	all.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			open.Store(conn, nil)
			all.Go(func() {
				defer conn.Close()
				s.talk(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		open.Range(func(conn, _ any) bool { _ = conn.(net.Conn).Close(); return true })
		all.Wait()
	})
	return s
}

// Change has the server behave otherwise from the next connection on.
func (s *Server) Change(how Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.how = how
}

// Got lists the messages taken so far.
func (s *Server) Got() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.got...)
}

// Said lists every line that clients sent as a command, unencrypted ones with "plain " before.
func (s *Server) Said() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.said...)
}

// Next waits for the next message.
func (s *Server) Next(t testing.TB) Mail {
	t.Helper()
	select {
	case m := <-s.news:
		return m
	case <-time.After(20 * time.Second):
		t.Fatal("no mail came")
		return Mail{}
	}
}

// session is one connection.
type session struct {
	*Server
	how    Faults
	conn   net.Conn
	in     *bufio.Reader
	sealed bool
	mail   Mail
}

func (s *Server) talk(conn net.Conn) {
	s.mu.Lock()
	x := &session{Server: s, how: s.how, conn: conn}
	s.mu.Unlock()
	if x.how.FromStart && !x.seal() {
		return
	}
	x.in = bufio.NewReader(x.conn)
	x.mail.TLS = x.sealed
	if !x.does("GREETING", "220 test ESMTP") {
		return
	}
	for {
		line, err := x.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		x.heard(line)
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		if !x.command(verb, line) {
			return
		}
	}
}

func (x *session) heard(line string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.sealed {
		line = "plain " + line
	}
	x.said = append(x.said, line)
}

// does answers a command with what is good, or with what the test wants; false ends the connection.
func (x *session) does(verb, good string) bool {
	switch {
	case x.how.CutAt == verb:
		return false
	case x.how.Mute == verb:
		_, _ = io.Copy(io.Discard, x.in) // until the client gives up
		return false
	case x.how.Answers[verb] != "":
		good = x.how.Answers[verb]
	}
	_, err := io.WriteString(x.conn, good+"\r\n")
	return err == nil
}

func (x *session) command(verb, line string) bool {
	switch verb {
	case "EHLO":
		offers := "250-test\r\n"
		if !x.how.NoStartTLS && !x.sealed {
			offers += "250-STARTTLS\r\n"
		}
		if x.how.User != "" {
			offers += "250-AUTH PLAIN\r\n"
		}
		return x.does(verb, offers+"250 8BITMIME")
	case "STARTTLS":
		if !x.does(verb, "220 go ahead") || x.how.Answers[verb] != "" {
			return x.how.Answers[verb] != ""
		}
		if !x.seal() {
			return false
		}
		x.in, x.mail.TLS = bufio.NewReader(x.conn), true
		return true
	case "AUTH":
		return x.auth(line)
	case "MAIL":
		if x.how.User != "" && x.mail.User == "" {
			return x.does(verb, "530 sign in first")
		}
		x.mail.From = inBrackets(line)
		return x.does(verb, "250 ok")
	case "RCPT":
		x.mail.To = inBrackets(line)
		return x.does(verb, "250 ok")
	case "DATA":
		return x.data()
	case "QUIT":
		x.does(verb, "221 bye")
		return false
	}
	return x.does(verb, "502 what?")
}

func (x *session) auth(line string) bool {
	words := strings.Fields(line)
	raw, err := base64.StdEncoding.DecodeString(words[len(words)-1])
	if err != nil || string(raw) != "\x00"+x.how.User+"\x00"+x.how.Password {
		return x.does("AUTH", "535 who?")
	}
	x.mail.User = x.how.User
	return x.does("AUTH", "235 welcome")
}

func (x *session) data() bool {
	if !x.does("DATA", "354 go on") {
		return false
	}
	if x.how.Answers["DATA"] != "" {
		return true
	}
	var text strings.Builder
	for {
		line, err := x.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	if x.how.CutAt != "." && x.how.Answers["."] == "" {
		x.take(text.String())
	}
	return x.does(".", "250 taken")
}

func (x *session) take(text string) {
	m, err := mail.ReadMessage(strings.NewReader(text))
	got := x.mail
	if err != nil {
		got.Body = "unreadable: " + text
	} else {
		body, _ := io.ReadAll(quotedprintable.NewReader(m.Body))
		got.Header, got.Body = m.Header, strings.ReplaceAll(string(body), "\r\n", "\n")
		got.Subject, _ = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	}
	x.mu.Lock()
	x.got = append(x.got, got)
	x.mu.Unlock()
	select {
	case x.news <- got:
	default: // nobody waits
	}
}

func (x *session) seal() bool {
	c := tls.Server(x.conn, &tls.Config{Certificates: []tls.Certificate{x.cert}})
	x.conn, x.sealed = c, true
	return c.Handshake() == nil
}

func inBrackets(line string) string {
	_, rest, _ := strings.Cut(line, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}

// certificate makes one for 127.0.0.1, and a client's configuration that believes it.
func certificate(t testing.TB) (tls.Certificate, *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, &tls.Config{RootCAs: pool}
}
