package web

import (
	"strconv"

	work "carefinder/internal/desk"
	"carefinder/internal/directory"
	"carefinder/internal/mail"
)

// ClaimMail writes the mail that a claim has to send, in the language of whoever made it. A link stands in it only under
// the address we were told to have: the host that a request names may be anybody's.
func (s *Server) ClaimMail(x *work.ProviderClaim, now *directory.Listing, code string) mail.Message {
	e := s.editions[0]
	for _, other := range s.editions {
		if other.Code == x.Language {
			e = other
		}
	}
	name, path := claimMailName(x, now), e.claimURL(x)
	if x.State == work.ClaimPublished && now.Status == directory.Published {
		path = e.listingURL(x.Listing)
	}
	at := ""
	// No link leads to where a code is entered: who asked is there already, and for somebody whose address a stranger gave
	// it would lead to what the stranger asked.
	if s.public != "" && x.Mail != work.MailCode {
		at = "\n" + s.public + path + "\n"
	}
	if half := len(code) / 2; half > 0 {
		code = code[:half] + "-" + code[half:]
	}
	wish := ""
	if x.Mail == work.MailCode {
		wish = e.t("claim.asks." + string(x.Wish))
	}
	return mail.Message{
		To: x.Address, Language: e.Code, Subject: e.t("claim.subject."+name, "Name", now.Name, "Site", e.t("site.name")),
		Body: e.t("claim.mail."+name, "Name", now.Name, "Site", e.t("site.name"), "Wish", wish, "Code", code, "Reason", x.Reason, "Hours", strconv.Itoa(work.CodeHours)) + "\n" + at,
	}
}

// claimMailName names the text of a claim's mail. What was published tells by the listing as it is when the mail goes.
func claimMailName(x *work.ProviderClaim, now *directory.Listing) string {
	switch {
	case x.Mail == work.MailCode:
		return "code"
	case x.State != work.ClaimPublished:
		return string(x.State)
	}
	return "published-" + string(work.EndOf(x.Wish, now))
}
