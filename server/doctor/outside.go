package doctor

import (
	"context"
	"errors"
	"net"
	"net/url"
	"time"
)

// patience is how long each name server and mail server has to answer.
const patience = 10 * time.Second

// Resolver looks names up, as *net.Resolver does.
type Resolver interface {
	LookupHost(ctx context.Context, host string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
}

// LookAtMail greets the mail server as a sender does, up to the message; greet is nil when none is set.
func LookAtMail(ctx context.Context, greet func(context.Context) error) []Finding {
	r := &report{check: "smtp"}
	if greet == nil {
		return r.or("No mail server is set; emails are kept, and readable at /platform.")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := greet(ctx); err != nil {
		r.say(Wrong, "The mail server of SMTP_URL cannot be used: "+err.Error()+".",
			"Check host, port, user and password of SMTP_URL, and that a firewall lets this machine through. Emails wait, and are tried again.")
	}
	return r.or("The mail server answers, and takes the user.")
}

// LookAtNames looks the host of the public address up, and the mail exchanger of the domain of applications by email, unless the
// domain is empty.
func LookAtNames(ctx context.Context, names Resolver, publicURL, mailDomain string) []Finding {
	r := &report{check: "dns"}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if u, err := url.Parse(publicURL); err == nil && u.Hostname() != "" && net.ParseIP(u.Hostname()) == nil {
		if _, err := names.LookupHost(ctx, u.Hostname()); err != nil {
			r.say(Wrong, "The host of PUBLIC_URL is not found: "+reason(err)+".", "Make an A or AAAA record for "+u.Hostname()+", or correct PUBLIC_URL.")
		}
	}
	if mailDomain != "" {
		if exchangers, err := names.LookupMX(ctx, mailDomain); err != nil || len(exchangers) == 0 {
			r.say(Wrong, "The domain of applications by email has no mail exchanger: "+reason(err)+".",
				"Make an MX record for "+mailDomain+" that leads to this server, or correct INBOUND_DOMAIN.")
		}
	}
	return r.or("The names are found.")
}

// reason is what a name server said, without the address of the server.
func reason(err error) string {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e.Err + " (" + e.Name + ")"
	}
	if err == nil {
		return "there is no MX record"
	}
	return err.Error()
}
