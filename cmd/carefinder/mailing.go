package main

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"carefinder/internal/desk"
	"carefinder/internal/mail"
)

// mailing is how mail leaves.
type mailing struct {
	SMTP             string `name:"smtp" placeholder:"HOST:PORT" help:"Mail server for codes and answers to providers; without one they are written to the log, and nobody receives any."`
	SMTPSecurity     string `name:"smtp-security" enum:"starttls,tls,none" default:"starttls" help:"How the way to the mail server is kept private: ${enum}. A server that can't is never spoken to in the clear."`
	SMTPUser         string `name:"smtp-user" placeholder:"NAME" help:"Who signs in at the mail server; needs --smtp-password-file."`
	SMTPPasswordFile string `name:"smtp-password-file" placeholder:"FILE" help:"File that holds the password for the mail server."`
	MailFrom         string `placeholder:"ADDRESS" help:"Whom mail is from, such as 'Carefinder <care@example.org>'; needed with --smtp."`
}

// open gives what sends mail, and what /readyz calls it.
func (m mailing) open(log *slog.Logger) (desk.Mailer, string, error) {
	if m.SMTP == "" {
		log.Warn("no mail is sent: codes and answers to providers are written to this log, for --smtp names no mail server")
		return mail.Log{Log: log}, "log", nil
	}
	password := ""
	if m.SMTPUser != "" {
		b, err := os.ReadFile(m.SMTPPasswordFile)
		if err != nil {
			return nil, "", fmt.Errorf("--smtp-password-file: %w", err)
		}
		password = strings.TrimRight(string(b), "\r\n")
	}
	s, err := mail.NewSMTP(mail.Config{
		Addr: m.SMTP, Security: mail.Security(m.SMTPSecurity), User: m.SMTPUser, Password: password, From: m.MailFrom,
	})
	if err != nil {
		return nil, "", fmt.Errorf("--smtp, --mail-from: %w", err)
	}
	return s, "smtp", nil
}

// mailNote is what serve says of mail that goes nowhere.
func mailNote(where string) string {
	if where != "log" {
		return ""
	}
	return "No mail is sent: codes for providers are written to the log. --smtp names a mail server.\n"
}
