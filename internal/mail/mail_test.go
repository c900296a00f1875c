package mail_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"carefinder/internal/fault"
	ours "carefinder/internal/mail"
	"carefinder/internal/mail/mailtest"
)

func hello() ours.Message {
	return ours.Message{To: "ana@clinic.example", Subject: "Su código: ñ", Body: "Hola,\n.\n..ñandú " + strings.Repeat("x", 200) + "\n", Language: "es"}
}

func smtpTo(t *testing.T, s *mailtest.Server, change func(*ours.Config)) *ours.SMTP {
	t.Helper()
	c := ours.Config{Addr: s.Addr, Security: ours.StartTLS, From: "Carefinder <care@example.org>", TLS: s.Trust}
	if change != nil {
		change(&c)
	}
	m, err := ours.NewSMTP(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMailArrives(t *testing.T) {
	for name, c := range map[string]struct {
		how      mailtest.Faults
		security ours.Security
		user     string
	}{
		"STARTTLS":           {security: ours.StartTLS},
		"STARTTLS, signed":   {how: mailtest.Faults{User: "care", Password: "s3cret"}, security: ours.StartTLS, user: "care"},
		"TLS":                {how: mailtest.Faults{FromStart: true, User: "care", Password: "s3cret"}, security: ours.TLS, user: "care"},
		"none, this machine": {how: mailtest.Faults{NoStartTLS: true}, security: ours.Plaintext},
	} {
		t.Run(name, func(t *testing.T) {
			s := mailtest.Serve(t, c.how)
			m := smtpTo(t, s, func(x *ours.Config) { x.Security, x.User, x.Password = c.security, c.user, "s3cret" })
			if err := m.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
			got := s.Got()
			if len(got) != 1 {
				t.Fatalf("%d messages", len(got))
			}
			g, want := got[0], hello()
			if g.From != "care@example.org" || g.To != want.To || g.Subject != want.Subject || g.Body != want.Body || g.User != c.user || g.TLS != (c.security != ours.Plaintext) {
				t.Errorf("got %+v", g)
			}
			if from, err := mail.ParseAddress(g.Header.Get("From")); err != nil || from.Name != "Carefinder" {
				t.Errorf("from %q: %v", g.Header.Get("From"), err)
			}
			if _, err := g.Header.Date(); err != nil || g.Header.Get("Message-Id") == "" || g.Header.Get("Auto-Submitted") != "auto-generated" || g.Header.Get("Content-Language") != "es" {
				t.Errorf("header %v: %v", g.Header, err)
			}
			for _, line := range s.Said() {
				if strings.Contains(line, "EHLO") && !strings.HasSuffix(line, "EHLO example.org") {
					t.Errorf("we call ourselves %q", line)
				}
				if c.user != "" && strings.HasPrefix(line, "plain AUTH") {
					t.Error("a password went unencrypted")
				}
			}
		})
	}
}

// TestServersThatFail wants each failure told apart: what can be tried again from what can't.
func TestServersThatFail(t *testing.T) {
	signed := func(c *ours.Config) { c.User, c.Password = "care", "wrong" }
	for name, c := range map[string]struct {
		how    mailtest.Faults
		change func(*ours.Config)
		kind   fault.Kind
	}{
		"unknown reader":            {mailtest.Faults{Answers: map[string]string{"RCPT": "550 no such user"}}, nil, fault.Invalid},
		"full mailbox":              {mailtest.Faults{Answers: map[string]string{"RCPT": "452 mailbox full"}}, nil, fault.Unavailable},
		"unknown, with its status":  {mailtest.Faults{Answers: map[string]string{"RCPT": "550 5.1.1 <ana@clinic.example>: unknown"}}, nil, fault.Invalid},
		"a domain that is none":     {mailtest.Faults{Answers: map[string]string{"RCPT": "554 5.1.2 no such host"}}, nil, fault.Invalid},
		"full for good, at its end": {mailtest.Faults{Answers: map[string]string{".": "552 5.2.2 mailbox full"}}, nil, fault.Invalid},
		"no reader of that form":    {mailtest.Faults{Answers: map[string]string{"RCPT": "553 not an address"}}, nil, fault.Invalid},
		"our host, at the reader":   {mailtest.Faults{Answers: map[string]string{"RCPT": "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected"}}, nil, fault.Unavailable},
		"our name, at the reader":   {mailtest.Faults{Answers: map[string]string{"RCPT": "504 5.5.2 <localhost>: Helo command rejected"}}, nil, fault.Unavailable},
		"our sender, at the reader": {mailtest.Faults{Answers: map[string]string{"RCPT": "550 5.1.8 <care@example.org>: Sender address rejected"}}, nil, fault.Unavailable},
		"a status that only begins": {mailtest.Faults{Answers: map[string]string{"RCPT": "550 5.1.10 null MX"}}, nil, fault.Unavailable},
		"blocked, without a status": {mailtest.Faults{Answers: map[string]string{"RCPT": "554 blocked"}}, nil, fault.Unavailable},
		"taken for spam":            {mailtest.Faults{Answers: map[string]string{".": "554 5.7.1 spam"}}, nil, fault.Unavailable},
		"refused at its end":        {mailtest.Faults{Answers: map[string]string{".": "550 not this"}}, nil, fault.Unavailable},
		"later":                     {mailtest.Faults{Answers: map[string]string{".": "451 later"}}, nil, fault.Unavailable},
		"we are not liked":          {mailtest.Faults{Answers: map[string]string{"MAIL": "550 not you"}}, nil, fault.Unavailable},
		"not now":                   {mailtest.Faults{Answers: map[string]string{"GREETING": "421 busy"}}, nil, fault.Unavailable},
		"no STARTTLS":               {mailtest.Faults{NoStartTLS: true}, nil, fault.Unavailable},
		"STARTTLS fails":            {mailtest.Faults{Answers: map[string]string{"STARTTLS": "454 broken"}}, nil, fault.Unavailable},
		"a certificate of nobody":   {mailtest.Faults{}, func(c *ours.Config) { c.TLS = nil }, fault.Unavailable},
		"a wrong password":          {mailtest.Faults{User: "care", Password: "right"}, signed, fault.Unavailable},
		"cut at hello":              {mailtest.Faults{CutAt: "EHLO"}, nil, fault.Unavailable},
		"cut at the reader":         {mailtest.Faults{CutAt: "RCPT"}, nil, fault.Unavailable},
		"cut as the message ends":   {mailtest.Faults{CutAt: "."}, nil, fault.Unavailable},
		"TLS where none is spoken":  {mailtest.Faults{}, func(c *ours.Config) { c.Security = ours.TLS }, fault.Unavailable},
		"nonsense for an answer":    {mailtest.Faults{Answers: map[string]string{"EHLO": "ah"}}, nil, fault.Unavailable},
		"a farewell is not awaited": {mailtest.Faults{CutAt: "QUIT"}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := mailtest.Serve(t, c.how)
			err := smtpTo(t, s, c.change).Send(t.Context(), hello())
			if c.kind == 0 {
				if err != nil || len(s.Got()) != 1 {
					t.Errorf("%v, %d messages", err, len(s.Got()))
				}
				return
			}
			if !fault.Is(err, c.kind) || len(s.Got()) != 0 {
				t.Errorf("%v, want %v; %d messages", err, c.kind, len(s.Got()))
			}
			for _, line := range s.Said() {
				if strings.HasPrefix(line, "plain MAIL") || strings.HasPrefix(line, "plain AUTH") {
					t.Errorf("unencrypted: %s", line)
				}
			}
		})
	}
}

// TestASilentServerIsLeft ends with the context, wherever the server falls silent.
func TestASilentServerIsLeft(t *testing.T) {
	for _, at := range []string{"EHLO", "RCPT", "."} {
		s := mailtest.Serve(t, mailtest.Faults{Mute: at})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if err := smtpTo(t, s, nil).Send(ctx, hello()); !fault.Is(err, fault.Unavailable) {
			t.Errorf("silent at %s: %v", at, err)
		}
		cancel()
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	m, err := ours.NewSMTP(ours.Config{Addr: ln.Addr().String(), Security: ours.Plaintext, From: "a@b.example"})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send(t.Context(), hello()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("nobody there: %v", err)
	}
}

// TestNoHeaderOfTheirOwn tries to end a line of the header, or of the protocol, early.
func TestNoHeaderOfTheirOwn(t *testing.T) {
	s := mailtest.Serve(t, mailtest.Faults{})
	m := smtpTo(t, s, nil)
	for _, to := range []string{
		"", "a", "a@b", "a@b.example\r\nBcc: all@world.example", "a@b.example> SIZE=1", "<a@b.example>", "Ana <a@b.example>", "a@b.example,c@d.example", "a b@c.example",
		"\"a\"@b.example", "ñ@b.example", "a@ñ.example", "a@-b.example", "a..b@c.example", ".a@b.example", "a@b.example.", "a@[127.0.0.1]", "a@127.0.0.1", "a@b.c\n", strings.Repeat("a", 250) + "@b.example",
	} {
		x := hello()
		x.To = to
		if err := m.Send(t.Context(), x); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", to, err)
		}
		if err := (ours.Log{Log: slog.New(slog.DiscardHandler)}).Send(t.Context(), x); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is written to the log: %v", to, err)
		}
	}
	if len(s.Said()) != 0 {
		t.Errorf("the server heard %q", s.Said())
	}
	for _, subject := range []string{"Hi\r\nBcc: all@world.example", "Hi\nX: y", "Hi\r\n\r\nbody", "Hi\r\n X", strings.Repeat("ñ", 300), "\x00"} {
		x := hello()
		x.Subject = subject
		if err := m.Send(t.Context(), x); err != nil {
			continue // refused is as good
		}
		got := s.Got()[len(s.Got())-1]
		if got.Header.Get("Bcc") != "" || got.Header.Get("X") != "" || got.Body != x.Body {
			t.Errorf("%q makes %v", subject, got)
		}
	}
	x := hello()
	x.Language = "es\r\nBcc: all@world.example"
	if err := m.Send(t.Context(), x); !fault.Is(err, fault.Invalid) {
		t.Errorf("a language that ends the header: %v", err)
	}
	x = hello()
	x.Body = "one\r\n.\r\nQUIT\r\n"
	if err := m.Send(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	if got := s.Got()[len(s.Got())-1]; !strings.Contains(got.Body, "QUIT") {
		t.Errorf("a dot ends the message: %q", got.Body)
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("Hi\r\nBcc: a@b.example", "body", "a@b.example")
	s := mailtest.Serve(f, mailtest.Faults{NoStartTLS: true})
	m, err := ours.NewSMTP(ours.Config{Addr: s.Addr, Security: ours.Plaintext, From: "care@example.org"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, subject, body, to string) {
		before := len(s.Got())
		if m.Send(t.Context(), ours.Message{To: to, Subject: subject, Body: body, Language: "en"}) != nil {
			return
		}
		got := s.Got()
		if len(got) != before+1 || len(got[before].Header) != 10 || got[before].To != to {
			t.Fatalf("%q, %q, %q make %+v", subject, body, to, got[before:])
		}
	})
}

func TestConfigurations(t *testing.T) {
	for name, c := range map[string]ours.Config{
		"no port":                 {Addr: "mail.example.org", Security: ours.TLS, From: "a@b.example"},
		"no sender":               {Addr: "mail.example.org:25", Security: ours.TLS},
		"two senders":             {Addr: "mail.example.org:25", Security: ours.TLS, From: "a@b.example, c@d.example"},
		"a way nobody knows":      {Addr: "mail.example.org:25", Security: "ssl", From: "a@b.example"},
		"a password in the clear": {Addr: "mail.example.org:25", Security: ours.Plaintext, User: "care", From: "a@b.example"},
	} {
		if _, err := ours.NewSMTP(c); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]"} {
		if _, err := ours.NewSMTP(ours.Config{Addr: host + ":25", Security: ours.Plaintext, User: "care", From: "a@b.example", TLS: &tls.Config{}}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// TestTheLogSaysThatNothingIsSent: whoever reads a code there must know that nobody else got it.
func TestTheLogSaysThatNothingIsSent(t *testing.T) {
	var b bytes.Buffer
	if err := (ours.Log{Log: slog.New(slog.NewJSONHandler(&b, nil))}).Send(t.Context(), hello()); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.Contains(text, "not sent") || !strings.Contains(text, "WARN") || !strings.Contains(text, "Hola") || strings.Count(text, "\n") != 1 {
		t.Errorf("the log says %s", text)
	}
}
