package doctor

import (
	"net"
	"strings"
)

// Settings are those that decide what else is expected.
type Settings struct {
	ListenAddr string
	// PublicURL is empty when nothing but the address listened on is known.
	PublicURL string
	// Embedded is an embedded PostgreSQL; Mails that a mail server is set.
	Embedded, Mails bool
	// Proxies that a proxy is trusted, Metrics that metrics are served.
	Proxies, Metrics bool
	// InsecureWebhooks that webhooks may go to http and to private addresses.
	InsecureWebhooks bool
	SellerAddress    string
}

// LookAtSettings tells which settings do not go together. Each by itself was checked before.
func LookAtSettings(s Settings) []Finding {
	r := &report{check: "settings"}
	public := strings.HasPrefix(s.PublicURL, "https://")
	switch {
	case s.PublicURL == "" && !loopback(s.ListenAddr):
		r.say(Wrong, "The server listens on "+s.ListenAddr+", and PUBLIC_URL is empty: links in emails lead to an address that nobody outside knows.",
			"Set PUBLIC_URL to the address that people use, for example https://jobs.example.com.")
	case s.PublicURL != "" && !public:
		r.say(Warning, "PUBLIC_URL begins with http://: keys, passwords and applications can be read on their way.", "Let a proxy speak TLS, or the program itself (TLS_CERT_FILE or ACME_HOSTS), and write https:// in PUBLIC_URL.")
	}
	if public && s.InsecureWebhooks {
		r.say(Wrong, "WEBHOOK_ALLOW_INSECURE is true on a public server: a customer can make it call addresses inside your network.", "Take the setting away.")
	}
	if public && !s.Proxies {
		r.say(Warning, "TRUSTED_PROXIES is empty: behind a proxy all callers share one address, and so the limits of forms and sign-ins.",
			"Set it to the networks of your proxies, unless callers connect to this server itself.")
	}
	if public && !s.Mails {
		r.say(Wrong, "SMTP_URL is empty: emails are only kept, so nobody outside can confirm an address or set a password.", "Set SMTP_URL.")
	}
	if public && s.Embedded {
		r.say(Warning, "The database is the embedded one: it lives and dies with this machine.", "Back up DATA_DIR, or set DATABASE_URL and SECRET_KEY.")
	}
	if public && !s.Metrics {
		r.say(Warning, "METRICS_ADDR is empty: no alert can tell you that something fails.", "Set it to an address that only your monitoring reaches.")
	}
	if public && s.SellerAddress == "" {
		r.say(Warning, "SELLER_ADDRESS is empty: invoices lack the address of the seller.", "Set it before you sell.")
	}
	return r.or("The settings go together.")
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
