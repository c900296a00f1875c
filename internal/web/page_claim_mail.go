package web

import (
	"strconv"

	work "carefinder/internal/desk"
	"carefinder/internal/mail"
)

// ClaimMail writes the mail that a claim has to send, in the language of whoever made it. A link stands in it only under
// the address we were told to have: the host that a request names may be anybody's.
func (s *Server) ClaimMail(x *work.ProviderClaim, listing, code string) mail.Message {
	e := s.editions[0]
	for _, other := range s.editions {
		if other.Code == x.Language {
			e = other
		}
	}
	at := ""
	if s.public != "" {
		path := e.listingURL(x.Listing)
		if x.Mail == work.MailCode || x.State == work.ClaimDeclined || x.Wish == work.Remove {
			path = e.claimURL(x)
		}
		at = "\n" + s.public + path + "\n"
	}
	name := string(x.State)
	switch {
	case x.Mail == work.MailCode:
		name = "code"
		if half := len(code) / 2; half > 0 {
			code = code[:half] + "-" + code[half:]
		}
	case x.State == work.ClaimPublished:
		name += "-" + string(x.Wish)
	}
	return mail.Message{
		To: x.Address, Language: e.Code, Subject: e.t("claim.subject."+name, "Name", listing, "Site", e.t("site.name")),
		Body: e.t("claim.mail."+name, "Name", listing, "Site", e.t("site.name"), "Code", code, "Reason", x.Reason, "Minutes", strconv.Itoa(work.CodeMinutes)) + "\n" + at,
	}
}
