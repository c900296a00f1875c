package web

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// publicAddress reads the address the site is known by: a scheme and a host, and nothing after them, because the pages
// stand at the root. "" stays "", and is guessed anew for each request.
func publicAddress(stated string) (string, error) {
	if stated == "" {
		return "", nil
	}
	u, err := url.Parse(strings.TrimSuffix(stated, "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !hostForm.MatchString(u.Host) || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("web: public address %q: must be like https://care.example.org", stated)
	}
	return u.Scheme + "://" + u.Host, nil
}

// hostForm is a host as a browser writes it: a name, an IPv4 address or an IPv6 address in brackets, and perhaps a port.
// A client may send anything as its host, and what is derived from it is printed, shared and cached.
var hostForm = regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$`)

const maxHost = 255

// base gives the site's public address without a slash at its end: the configured one, else the one the request was
// sent to; "" when that is no address.
func (s *Server) base(c *fiber.Ctx) string {
	if s.public != "" {
		return s.public
	}
	host := string(c.Request().Header.Host())
	if len(host) > maxHost || !hostForm.MatchString(host) {
		return ""
	}
	scheme := "http"
	if c.Context().IsTLS() || s.trusted(c.Context().RemoteIP()) && c.Get(fiber.HeaderXForwardedProto) == "https" {
		scheme = "https"
	}
	return scheme + "://" + strings.ToLower(host)
}

// absolute gives the whole address of a page, to be linked, printed or shared from elsewhere; path is as url and
// versions give it: with its language, escaped, and with a query where it has one. It is path alone when the site's
// address is not known.
func (s *Server) absolute(c *fiber.Ctx, path string) string { return s.base(c) + path }

// keepAddress says who may keep an answer that holds the site's address for an hour: caches that many share only where
// the address is configured, since whoever asks first could otherwise write another one into them.
func (s *Server) keepAddress() string {
	if s.public == "" {
		return "private, max-age=3600"
	}
	return "public, max-age=3600"
}
