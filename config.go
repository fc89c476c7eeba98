package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"itmanagerjobs/server/address"
	"itmanagerjobs/server/certificate"
	"itmanagerjobs/server/pages"
	"itmanagerjobs/server/proxy"
	"itmanagerjobs/store"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/pg"
	"itmanagerjobs/webhooks"
)

// settings are the flags and environment variables of every command, as they were written. They are strings, so that
// whatever is wrong with one is said in our own words; parse turns them into a Config.
type settings struct {
	DatabaseURL string `env:"DATABASE_URL"        group:"database"       help:"PostgreSQL to use, as postgres://user:password@host:5432/name. Empty: an embedded PostgreSQL under DATA_DIR."                                                                                  name:"database-url"                                                                                                                                                                     placeholder:"URL"`
	DataDir     string `default:".data"           env:"DATA_DIR"         group:"database"                                                                                                                                                                                     help:"Directory of the embedded PostgreSQL and the secret key."                                                                                                                         name:"data-dir"`
	SecretKey   string `env:"SECRET_KEY"          group:"database"       help:"Base64 of 32 random bytes, from which API key hashes and the encryption of webhook secrets derive. Required with DATABASE_URL; with the embedded PostgreSQL one is made and kept in DATA_DIR." name:"secret-key"                                                                                                                                                                       placeholder:"BASE64"`
	DBMaxConns  string `default:"8"               env:"DB_MAX_CONNS"     group:"database"                                                                                                                                                                                     help:"Connections to the database of this copy for requests and chores, 4 to 200, two of which are kept for admissions and readiness. Deliveries use 5 more."                           name:"db-max-conns"`
	DirectURL   string `env:"DATABASE_DIRECT_URL" group:"database"       help:"Address of PostgreSQL itself, when DATABASE_URL leads to a pooler in transaction mode: for migrations, deliveries, and to listen."                                                             name:"database-direct-url"                                                                                                                                                              placeholder:"URL"`
	ReadURL     string `env:"DATABASE_READ_URL"   group:"database"       help:"A standby of the database for reads that may lag by 5 s: public pages, feed, sitemap, and searches of the CV database. Empty: all is read at the primary."                                     name:"database-read-url"                                                                                                                                                                placeholder:"URL"`
	Prepare     string `default:"true"            env:"DATABASE_PREPARE" group:"database"                                                                                                                                                                                     help:"Prepare statements on connections, which is faster: true or false. false for poolers in transaction mode that mix prepared statements of clients, such as PgBouncer before 1.21." name:"database-prepare"`
	LogLevel    string `default:"info"            env:"LOG_LEVEL"        group:"database"                                                                                                                                                                                     help:"Least level that is logged, to standard error: debug, info, warn or error."                                                                                                       name:"log-level"`

	ListenAddr     string `default:"127.0.0.1:8080" env:"LISTEN_ADDR" group:"server"                                                                                                                                                                                                            help:"Address to serve on, as host:port. Port 0 takes a free one." name:"listen-addr"`
	PublicURL      string `env:"PUBLIC_URL"         group:"server"    help:"Address under which the outside reaches this server; links begin with it. Empty: http:// and the address listened on."                                                                                              name:"public-url"                                                  placeholder:"URL"`
	TrustedProxies string `env:"TRUSTED_PROXIES"    group:"server"    help:"Networks of your load balancers and reverse proxies, such as 10.0.0.0/8,192.0.2.7: what they say of the caller in X-Forwarded-For, or else in Forwarded, is believed. Empty: the address of the connection counts." name:"trusted-proxies"                                             placeholder:"LIST"`
	MetricsAddr    string `env:"METRICS_ADDR"       group:"server"    help:"Address to serve Prometheus metrics on, under /metrics. Empty: none are served."                                                                                                                                    name:"metrics-addr"                                                placeholder:"HOST:PORT"`
	SMTPURL        string `env:"SMTP_URL"           group:"server"    help:"Mail server, as smtp://user:password@host:587 or smtps://…. Empty: emails are kept, and readable at /platform."                                                                                                     name:"smtp-url"                                                    placeholder:"URL"`

	PrivacyURL string `env:"PRIVACY_URL" group:"server" help:"Address of your privacy notice, which public pages, the form to apply and the sign-up lead to. Empty: none." name:"privacy-url" placeholder:"URL"`
	TermsURL   string `env:"TERMS_URL"   group:"server" help:"Address of your terms, which public pages and the sign-up lead to. Empty: none."                             name:"terms-url"   placeholder:"URL"`
	StatusURL  string `env:"STATUS_URL"  group:"server" help:"Address of your status page, which public pages lead to. Empty: none."                                       name:"status-url"  placeholder:"URL"`

	TLSCertFile   string `env:"TLS_CERT_FILE"      group:"server" help:"File with the certificate, and its chain, to speak TLS with, in PEM; read again when it changes. Empty: plain HTTP, for a proxy that speaks TLS." name:"tls-cert-file"      placeholder:"FILE"`
	TLSKeyFile    string `env:"TLS_KEY_FILE"       group:"server" help:"File with the key of the certificate. Required with TLS_CERT_FILE."                                                                               name:"tls-key-file"       placeholder:"FILE"`
	ACMEHosts     string `env:"ACME_HOSTS"         group:"server" help:"Hosts to obtain certificates for by ACME, such as jobs.example.com,www.example.com. Naming them agrees to the terms of the authority."            name:"acme-hosts"         placeholder:"LIST"`
	ACMEEmail     string `env:"ACME_EMAIL"         group:"server" help:"Where the authority writes when something is wrong with a certificate."                                                                           name:"acme-email"         placeholder:"EMAIL"`
	ACMEDirectory string `env:"ACME_DIRECTORY_URL" group:"server" help:"Directory of the authority. Empty: Let's Encrypt."                                                                                                name:"acme-directory-url" placeholder:"URL"`
	ACMECacheDir  string `env:"ACME_CACHE_DIR"     group:"server" help:"Where certificates and keys of ACME are kept; copies of the program share it. Empty: acme under DATA_DIR."                                        name:"acme-cache-dir"     placeholder:"DIR"`
	RedirectAddr  string `env:"HTTP_REDIRECT_ADDR" group:"server" help:"Address of plain HTTP, such as 0.0.0.0:80, that sends readers to https and answers the authority. Empty: none."                                   name:"http-redirect-addr" placeholder:"HOST:PORT"`

	InboundSMTPAddr string `env:"INBOUND_SMTP_ADDR" group:"server" help:"Address to take applications by email on, by SMTP, as host:port. Empty: none are taken."              name:"inbound-smtp-addr" placeholder:"HOST:PORT"`
	InboundDomain   string `env:"INBOUND_DOMAIN"    group:"server" help:"Domain of the addresses that applications go to, apply+REFERENCE@…. Empty: the host of PUBLIC_URL."   name:"inbound-domain"    placeholder:"DOMAIN"`

	OIDCIssuer       string `env:"OIDC_ISSUER"        group:"server" help:"Provider of OpenID Connect that people of employers may sign in with, as its address, for example https://login.example.com. Empty: none." name:"oidc-issuer"        placeholder:"URL"`
	OIDCClientID     string `env:"OIDC_CLIENT_ID"     group:"server" help:"Name of this server at the provider. Required with OIDC_ISSUER."                                                                           name:"oidc-client-id"     placeholder:"ID"`
	OIDCClientSecret string `env:"OIDC_CLIENT_SECRET" group:"server" help:"Secret of this server at the provider. Required with OIDC_ISSUER."                                                                         name:"oidc-client-secret" placeholder:"SECRET"`
	OIDCName         string `env:"OIDC_NAME"          group:"server" help:"What people call the provider, on the button that signs in with it. Empty: the host of OIDC_ISSUER."                                       name:"oidc-name"          placeholder:"NAME"`

	GeoIPFile string `env:"GEOIP_FILE" group:"server" help:"File that tells the countries of addresses, to keep the countries that jobs take applications from: a MaxMind database (.mmdb), or CSV of first address,last address,ISO country, gzip or not. Empty: countries are unknown, and refuse nobody." name:"geoip-file" placeholder:"FILE"`

	SellerName      string `default:"ITManagerJobs" env:"SELLER_NAME"    group:"server"                                                                                         help:"Company that invoices come from."                     name:"seller-name"`
	SellerAddress   string `env:"SELLER_ADDRESS"    group:"server"       help:"Its address on invoices, with commas between lines, for example '1 High Street, Leeds LS1 1AA'." name:"seller-address"                                       placeholder:"TEXT"`
	SellerCountry   string `default:"GB"            env:"SELLER_COUNTRY" group:"server"                                                                                         help:"Its country, two letters. Customers there pay VAT."   name:"seller-country"`
	SellerVATNumber string `env:"SELLER_VAT_NUMBER" group:"server"       help:"Its VAT number on invoices."                                                                     name:"seller-vat-number"                                    placeholder:"NUMBER"`
	SellerPayment   string `env:"SELLER_PAYMENT"    group:"server"       help:"How invoices are paid, with commas between lines, for example 'Account 12345678, Code 12-34'."   name:"seller-payment"                                       placeholder:"TEXT"`
	VATPercent      string `default:"20"            env:"VAT_PERCENT"    group:"server"                                                                                         help:"Rate of VAT on invoices, 0 to 50, such as 20 or 7.5." name:"vat-percent"`

	WebhookDelays        string `default:"1m,5m,15m,1h,6h,24h,24h,24h" env:"WEBHOOK_DELAYS"         group:"webhooks" help:"Pauses between the attempts of a delivery, separated by commas, for all profiles but rejento and standardwebhooks." name:"webhook-delays"`
	WebhookMaxAttempts   string `default:"8"                           env:"WEBHOOK_MAX_ATTEMPTS"   group:"webhooks" help:"Failed attempts after which a delivery is given up, 1 to 100, for the same profiles."                               name:"webhook-max-attempts"`
	WebhookTimeout       string `default:"10s"                         env:"WEBHOOK_TIMEOUT"        group:"webhooks" help:"Time that an endpoint has to answer, 1s to 60s."                                                                    name:"webhook-timeout"`
	WebhookInFlight      string `default:"50"                          env:"WEBHOOK_IN_FLIGHT"      group:"webhooks" help:"Deliveries on their way to one subscription at the same time, 1 to 1000."                                           name:"webhook-in-flight"`
	PushDelays           string `default:"1m,5m,15m,1h,6h,24h"         env:"PUSH_DELAYS"            group:"webhooks" help:"Pauses between the attempts of an application that is posted to an employer's endpoint."                            name:"push-delays"`
	PushMaxAttempts      string `default:"7"                           env:"PUSH_MAX_ATTEMPTS"      group:"webhooks" help:"Failed attempts after which such an application is emailed instead, 1 to 100."                                      name:"push-max-attempts"`
	WebhookAllowInsecure bool   `default:"false"                       env:"WEBHOOK_ALLOW_INSECURE" group:"webhooks" help:"Permit endpoints with http and at private addresses, for development. Default: false."                              name:"webhook-allow-insecure"`

	WebhookProfileDelays      string `env:"WEBHOOK_PROFILE_DELAYS"       group:"webhooks" help:"Pauses of single profiles, for example 'rejento=30s,2m;standardwebhooks=5s,5m'. Empty: rejento and standardwebhooks have those of their documents, all others WEBHOOK_DELAYS."    name:"webhook-profile-delays"       placeholder:"LIST"`
	WebhookProfileMaxAttempts string `env:"WEBHOOK_PROFILE_MAX_ATTEMPTS" group:"webhooks" help:"Failed attempts after which a delivery of single profiles is given up, for example 'rejento=5'. Empty: 5 of rejento, 10 of standardwebhooks, WEBHOOK_MAX_ATTEMPTS of all others." name:"webhook-profile-max-attempts" placeholder:"LIST"`

	OtelTracesExporter string `env:"OTEL_TRACES_EXPORTER"        group:"tracing"         help:"otlp or none. Empty: otlp when an endpoint is set, else none."                     name:"otel-traces-exporter"                                                                                   placeholder:"NAME"`
	OtelEndpoint       string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" group:"tracing"         help:"Collector to send traces to by OTLP over HTTP, for example http://127.0.0.1:4318." name:"otel-exporter-otlp-endpoint"                                                                            placeholder:"URL"`
	OtelServiceName    string `default:"itmanagerjobs"           env:"OTEL_SERVICE_NAME" group:"tracing"                                                                          help:"Name of this service in the traces. The other standard OTEL_* variables are read from the environment." name:"otel-service-name"`
}

// Config is the settings, checked.
type Config struct {
	// DatabaseURL is empty for an embedded PostgreSQL under DataDir.
	DatabaseURL string
	// DirectURL is empty when DatabaseURL leads to PostgreSQL itself; then statements are prepared.
	DirectURL string
	// ReadURL is a standby for reads that may lag; empty for none.
	ReadURL string
	Prepare bool
	DataDir string
	// SecretKey has 32 bytes, or is nil when none was given.
	SecretKey []byte
	// DBMaxConns are the connections of requests and chores.
	DBMaxConns int
	LogLevel   slog.Level

	ListenAddr string
	// PublicURL has no slash at its end; it is empty when it follows from the address listened on.
	PublicURL string
	// TLS wants nothing when a proxy speaks it; then RedirectAddr is empty, too.
	TLS          certificate.Settings
	RedirectAddr string
	// Notices are what is published elsewhere.
	Notices pages.Notices
	// TrustedProxies are believed what they say of the caller.
	TrustedProxies proxy.Trusted
	// MetricsAddr is empty for none.
	MetricsAddr string
	// SMTPURL is nil when emails are only kept.
	SMTPURL *url.URL
	// InboundSMTPAddr is empty when no email is taken.
	InboundSMTPAddr string
	// InboundDomain is empty when it is the host of the public address.
	InboundDomain string

	// GeoIPFile is empty when no address has a known country.
	GeoIPFile string

	// Seller writes the invoices.
	Seller board.Seller

	// OIDC has an empty Issuer when people sign in with passwords and passkeys alone.
	OIDC OIDCConfig

	Webhook WebhookConfig
	Tracing TracingConfig
}

// WebhookConfig says how deliveries are sent and retried.
type WebhookConfig struct {
	Delays      []time.Duration
	MaxAttempts int
	// ProfileDelays and ProfileMaxAttempts are for single profiles, by their names, instead of Delays and MaxAttempts or
	// what a profile has of its own; nil when there are none.
	ProfileDelays      map[string][]time.Duration
	ProfileMaxAttempts map[string]int
	// PushDelays and PushMaxAttempts are for applications that are posted to endpoints of employers.
	PushDelays      []time.Duration
	PushMaxAttempts int
	Timeout         time.Duration
	InFlight        int
	AllowInsecure   bool
}

// OIDCConfig is a provider of OpenID Connect.
type OIDCConfig struct{ Issuer, ClientID, ClientSecret, Name string }

// TracingConfig says whether and whither spans are sent; Exporter is "otlp", "none" or empty.
type TracingConfig struct {
	Exporter    string
	Endpoint    string
	ServiceName string
}

const (
	maxAttempts    = 100
	maxInFlight    = 1000
	minHookTimeout = time.Second
	maxHookTimeout = time.Minute
)

// parse checks every setting. Its error is one sentence that names the setting, what is wrong and an example.
func (s settings) parse() (Config, error) {
	c := Config{
		DatabaseURL: pg.HostsApart(s.DatabaseURL), DirectURL: pg.HostsApart(s.DirectURL), ReadURL: s.ReadURL, DataDir: s.DataDir, ListenAddr: s.ListenAddr, MetricsAddr: s.MetricsAddr,
		TLS:          certificate.Settings{CertFile: s.TLSCertFile, KeyFile: s.TLSKeyFile, Hosts: s.ACMEHosts, Email: s.ACMEEmail, DirectoryURL: s.ACMEDirectory, CacheDir: s.ACMECacheDir},
		RedirectAddr: s.RedirectAddr, InboundSMTPAddr: s.InboundSMTPAddr, InboundDomain: s.InboundDomain, GeoIPFile: s.GeoIPFile,
		Webhook: WebhookConfig{AllowInsecure: s.WebhookAllowInsecure},
		Tracing: TracingConfig{Exporter: s.OtelTracesExporter, Endpoint: s.OtelEndpoint, ServiceName: s.OtelServiceName},
	}
	for _, check := range []struct {
		env   string
		check func() error
	}{
		{"DATABASE_URL", func() error { return checkDatabaseURL(s.DatabaseURL) }},
		{"DATABASE_DIRECT_URL", s.checkDirectURL},
		{"DATABASE_READ_URL", s.checkReadURL},
		{"DATABASE_PREPARE", func() (err error) { c.Prepare, err = s.parsePrepare(); return err }},
		{"DATA_DIR", func() error { return checkDataDir(s.DataDir) }},
		{"SECRET_KEY", func() (err error) { c.SecretKey, err = parseSecretKey(s.SecretKey); return err }},
		{"DB_MAX_CONNS", func() (err error) { c.DBMaxConns, err = parseConns(s.DBMaxConns); return err }},
		{"LOG_LEVEL", func() (err error) { c.LogLevel, err = parseLogLevel(s.LogLevel); return err }},
		{"LISTEN_ADDR", func() error { return address.CheckListen(s.ListenAddr, "127.0.0.1:8080") }},
		{"PUBLIC_URL", func() (err error) { c.PublicURL, err = address.ParseSite(s.PublicURL); return err }},
		{"PRIVACY_URL", func() (err error) { c.Notices.Privacy, err = address.ParsePage(s.PrivacyURL); return err }},
		{"TERMS_URL", func() (err error) { c.Notices.Terms, err = address.ParsePage(s.TermsURL); return err }},
		{"STATUS_URL", func() (err error) { c.Notices.Status, err = address.ParsePage(s.StatusURL); return err }},
		{"HTTP_REDIRECT_ADDR", c.checkRedirect},
		{"TRUSTED_PROXIES", func() (err error) { c.TrustedProxies, err = proxy.Parse(s.TrustedProxies); return err }},
		{"METRICS_ADDR", func() error { return address.CheckListenIfSet(s.MetricsAddr, "127.0.0.1:9090") }},
		{"SMTP_URL", func() (err error) { c.SMTPURL, err = address.ParseSMTP(s.SMTPURL); return err }},
		{"INBOUND_SMTP_ADDR", func() error { return address.CheckListenIfSet(s.InboundSMTPAddr, "0.0.0.0:25") }},
		{"INBOUND_DOMAIN", func() error { return address.CheckDomain(s.InboundDomain) }},
		{"OIDC_ISSUER", func() (err error) { c.OIDC, err = s.parseOIDC(); return err }},
		{"OIDC_CLIENT_ID", func() error { return s.checkWithIssuer(s.OIDCClientID) }},
		{"OIDC_CLIENT_SECRET", func() error { return s.checkWithIssuer(s.OIDCClientSecret) }},
		{"SELLER_COUNTRY", func() error { return s.parseSeller(&c.Seller) }},
		{"VAT_PERCENT", func() (err error) { c.Seller.VATPermille, err = board.ParseVATRate(s.VATPercent); return err }},
		{"WEBHOOK_DELAYS", func() (err error) { c.Webhook.Delays, err = webhooks.ParseDelays(s.WebhookDelays); return err }},
		{"WEBHOOK_MAX_ATTEMPTS", func() (err error) {
			c.Webhook.MaxAttempts, err = parseInt(s.WebhookMaxAttempts, maxAttempts, "8")
			return err
		}},
		{"WEBHOOK_PROFILE_DELAYS", func() (err error) {
			c.Webhook.ProfileDelays, err = webhooks.ParseByProfile(s.WebhookProfileDelays, "rejento=30s,2m;standardwebhooks=5s,5m", webhooks.ParseDelays)
			return err
		}},
		{"WEBHOOK_PROFILE_MAX_ATTEMPTS", func() (err error) {
			c.Webhook.ProfileMaxAttempts, err = webhooks.ParseByProfile(s.WebhookProfileMaxAttempts, "rejento=5;cloudevents=10", func(n string) (int, error) {
				return parseInt(n, maxAttempts, "5")
			})
			return err
		}},
		{"PUSH_DELAYS", func() (err error) { c.Webhook.PushDelays, err = webhooks.ParseDelays(s.PushDelays); return err }},
		{"PUSH_MAX_ATTEMPTS", func() (err error) {
			c.Webhook.PushMaxAttempts, err = parseInt(s.PushMaxAttempts, maxAttempts, "7")
			return err
		}},
		{"WEBHOOK_TIMEOUT", func() (err error) {
			c.Webhook.Timeout, err = parseDuration(s.WebhookTimeout, minHookTimeout, maxHookTimeout, "10s")
			return err
		}},
		{"WEBHOOK_IN_FLIGHT", func() (err error) {
			c.Webhook.InFlight, err = parseInt(s.WebhookInFlight, maxInFlight, "50")
			return err
		}},
		{"OTEL_TRACES_EXPORTER", func() error { return checkExporter(s.OtelTracesExporter) }},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", func() error { return address.CheckEndpoint(s.OtelEndpoint) }},
	} {
		if err := check.check(); err != nil {
			return Config{}, settingError(check.env, err)
		}
	}
	return c, c.checkTLS()
}

// settingError names the setting, in both its forms, before what is wrong with it.
func settingError(env string, problem error) error {
	return fmt.Errorf("%s (--%s) %w", env, strings.ReplaceAll(strings.ToLower(env), "_", "-"), problem)
}

// errOtherSecretKey answers a key under which this database's API keys would be unknown and its secrets unreadable.
var errOtherSecretKey = errors.New("is not the one that this database was first used with: give every copy of the program that one")

// errSecretKeyNeeded answers a database of one's own without a secret key: a key made here would differ on each copy.
var errSecretKeyNeeded = errors.New("is required with DATABASE_URL, and the same for every copy of the program: make one with `openssl rand -base64 32`")

func parseSecretKey(s string) ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return nil, errors.New("is not base64: make one with `openssl rand -base64 32`")
	}
	if len(key) != store.SecretKeySize {
		return nil, fmt.Errorf("holds %d bytes but needs %d: make one with `openssl rand -base64 32`", len(key), store.SecretKeySize)
	}
	return key, nil
}

func checkDataDir(s string) error {
	if s == "" || strings.ContainsRune(s, 0) {
		return errors.New("is empty: name a directory, for example .data")
	}
	return nil
}

// maxConns is far more than PostgreSQL does well with.
const maxConns = 200

func parseConns(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < store.MinConns || n > maxConns {
		return 0, fmt.Errorf("is \"%s\", but must be a whole number from %d to %d, for example %d", s, store.MinConns, maxConns, store.DefaultConns)
	}
	return n, nil
}

func parseLogLevel(s string) (slog.Level, error) {
	switch strings.ToLower(s) {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("is \"%s\": it must be debug, info, warn or error, for example info", s)
}

// parseOIDC takes the address of the provider as it is: its tokens name it to the letter.
func (s settings) parseOIDC() (OIDCConfig, error) {
	if s.OIDCIssuer == "" {
		if s.OIDCName != "" {
			return OIDCConfig{}, errors.New("is empty, but OIDC_NAME is set: give the address of the provider, for example https://login.example.com")
		}
		return OIDCConfig{}, nil
	}
	u, err := address.ParseIssuer(s.OIDCIssuer)
	if err != nil {
		return OIDCConfig{}, err
	}
	c := OIDCConfig{Issuer: s.OIDCIssuer, ClientID: s.OIDCClientID, ClientSecret: s.OIDCClientSecret, Name: strings.TrimSpace(s.OIDCName)}
	if c.Name == "" {
		c.Name = u.Hostname()
	}
	return c, nil
}

// checkWithIssuer checks what is needed with a provider, and only then.
func (s settings) checkWithIssuer(value string) error {
	switch {
	case s.OIDCIssuer != "" && value == "":
		return errors.New("is required with OIDC_ISSUER: the provider gives it to you when you register this server")
	case s.OIDCIssuer == "" && value != "":
		return errors.New("is set, but OIDC_ISSUER is not: give the address of the provider, for example https://login.example.com")
	}
	return nil
}

func parseDuration(s string, least, most time.Duration, example string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("is \"%s\", which is not a duration: write a number with a unit, for example %s", s, example)
	}
	if d < least || d > most {
		return 0, fmt.Errorf("is \"%s\", but must be between %gs and %gs, for example %s", s, least.Seconds(), most.Seconds(), example)
	}
	return d, nil
}

// parseInt reads a whole number from 1 to most.
func parseInt(s string, most int, example string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("is \"%s\", but must be a whole number from 1 to %d, for example %s", s, most, example)
	}
	return n, nil
}

func checkExporter(s string) error {
	switch s {
	case "", exporterOTLP, exporterNone:
		return nil
	}
	return fmt.Errorf("is \"%s\": it must be otlp or none, for example otlp", s)
}

func (s settings) parseSeller(to *board.Seller) error {
	// A code that no country has would make every customer one from abroad, and take the tax off the invoices of those at home.
	if _, known := board.CountryOf(s.SellerCountry); !known {
		return fmt.Errorf("\"%s\" is not the code of a country, for example GB", s.SellerCountry)
	}
	*to = board.Seller{
		Name: s.SellerName, Address: commaLines(s.SellerAddress), Country: s.SellerCountry, VATNumber: s.SellerVATNumber, VATPermille: to.VATPermille,
		HowToPay: commaLines(s.SellerPayment),
	}
	return nil
}

// commaLines makes lines of a text with commas between them.
func commaLines(text string) string {
	lines := strings.Split(text, ",")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}
