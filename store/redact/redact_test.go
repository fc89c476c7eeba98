package redact

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	t.Parallel()
	s := New("Ada", "O'Neill-Lovelace", "countess.ada@mail.example", nil)
	for _, tc := range []struct{ text, want string }{
		{"", ""},
		{" \n ", ""},
		{"Runs Kubernetes 1.29 on 12,000 nodes.", "Runs Kubernetes 1.29 on 12,000 nodes."},
		{"Ada led it. ADA's team, (ada) and Lovelace’s.", "… led it. … team, … and …"},
		{"Adaptive, Canada, Nevada", "Adaptive, Canada, Nevada"},
		{"Write to ada@mail.example, or see https://ada.example/cv now", "Write to … or see … now"},
		{"me AT mail DOT example please", "… please"},
		{"me [at] mail.example please", "… please"},
		{"me(at)mail.example please", "… please"},
		{"countess.ada on GitHub, @adal on X", "… on GitHub, … on X"},
		{"linkedin.com/in/someone, www.x.example, ada-lovelace.dev", "…"},
		{"ASP.NET, Node.js, .NET/C#, asp.net/mvc, CI/CD, e.g. this", "ASP.NET, Node.js, .NET/C#, asp.net/mvc, CI/CD, e.g. this"},
		{"Call +44 20 7946 0958 or (0161) 496 0000, ext. 5", "Call … or … ext. 5"},
		{"Phone: 020-7946-0958. Then 07700900123", "Phone: … Then …"},
		{"2015 - 2019, 2015-2019, 01/04/2019, 2019-04-01, 1,000,000 users, 10 000 000 rows", "2015 - 2019, 2015-2019, 01/04/2019, 2019-04-01, 1,000,000 users, 10 000 000 rows"},
		{"line one\n+44 7700 900123\nline three", "line one\n…\nline three"},
		{"ISO 27001 and 99.99 % of 365 days", "ISO 27001 and 99.99 % of 365 days"},
	} {
		if got := s.Text(tc.text); got != tc.want {
			t.Errorf("%q\n got %q\nwant %q", tc.text, got, tc.want)
		}
	}
	if got := New("I", "Q", "x@mail.example", nil).Text("Managed I and Q releases"); got != "Managed I and Q releases" {
		t.Errorf("initials: %q", got)
	}
}

func TestTextRedactsANameInEverySpelling(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ first, last, email, text, want string }{
		{"José", "Quintanilla-Pérez", "jqp@mail.example", "I am Jose, JOSE, Perez, QUINTANILLA PEREZ; Joseph stays", "I am … Joseph stays"},
		{"José", "Quintanilla-Pérez", "jqp@mail.example", "QuintanillaPerez, Quintanilla–Pérez, JOSE\u0301, jquintanilla and josep on Slack", "… and … on Slack"},
		{"José", "Quintanilla-Pérez", "jqp@mail.example", "Quinta-\nnilla, high-\navailability", "… high-\navailability"},
		{"Sinéad", "O'Callaghan", "s@mail.example", "Sinead O’Callaghan's OCallaghan O'Callaghan", "…"},
		{"Sinéad", "O’Callaghan", "s@mail.example", "O`Callaghan OʼCALLAGHAN O Callaghan & Sons, sineadocallaghan; don't", "… O … & Sons, … don't"},
		{"Jürgen", "Müller", "j@mail.example", "Juergen Mueller, Jurgen Muller, MÜLLER, Müllers", "…"},
		{"Uwe", "Mueller", "j@mail.example", "Müller Muller Mueller", "…"},
		{"Åse", "Sørensen", "a@mail.example", "Aase Soerensen, Ase Sorensen, ÅSE SØRENSEN", "…"},
		{"Anna", "Groß", "a@mail.example", "Gross, Groß, GROSS and Annas", "… and …"},
		{"Joe", "Doe", "jd@mail.example", "I do Jo things with Joe", "I do Jo things with …"},
		{"Zoe", "Xylander", "z@mail.example", "Z o e  X y l a n d e r and Xy\u00adlander, Ｚｏｅ; Zoë, Xy\u200blander", "… and …"},
		{"Zoe", "Xylander", "z@mail.example", "A B C, x y z", "A B C, x y z"},
		{"Анна", "Кузнецова", "a@mail.example", "Кузнецовой Анны, Anna Kuznetsova, АННА; an annotation", "… an annotation"},
		{"太郎", "田中", "t@mail.example", "私は田中です in Leeds", "… in Leeds"},
		{"Jane", "Smith", "rover_1985@mail.example", "rover_1985, Rover_1985x and rover", "… and …"},
	} {
		if got := New(tc.first, tc.last, tc.email, nil).Text(tc.text); got != tc.want {
			t.Errorf("%s %s: %q\n got %q\nwant %q", tc.first, tc.last, tc.text, got, tc.want)
		}
	}
}

func TestTextRedactsEveryKindOfContactData(t *testing.T) {
	t.Parallel()
	s := New("Al", "Bo", "x@mail.example", nil)
	for _, tc := range []struct{ text, want string }{
		{"skype:sineadoc, Telegram: sinead; anna＠plant.example anna@\nplant.example end", "… end"},
		{"zoe\n@plant.example or zoe@plant.\nexample or zoe@plant.example.\nThen", "… or … or …\nThen"},
		{"Skype ID: anna1 and skype live:anna and WhatsApp anna_k and mailto:x@y.example", "… and … and … and …"},
		{"GitHub: Actions, Slack: bots, Skype for Business, Telegram bots, signal processing", "GitHub: Actions, Slack: bots, Skype for Business, Telegram bots, signal processing"},
		{"٠٧٧٠٠٩٠٠١٢٣ or ５５５-０１００ ００１ or 555-0100", "… or … or …"},
		{"Tel.: 0 20 / 79 46 00 00, Tel:+447700900123, mobile 770 0900", "Tel.: … mobile …"},
		{"Lives at 12 Acacia Avenue, London SW1A 1AA. Ran 12 Kubernetes clusters", "Lives at … London … Ran 12 Kubernetes clusters"},
		{"221b Baker St., M1 1AE; 4 Mill Lane\nLeeds, LS1 4AP", "…\nLeeds, …"},
		{"1600 Pennsylvania Avenue, Washington, DC 20500 and 5 Elm Street Apt 4B, CA 94105-1234", "… Washington, … and …"},
		{"Müllers Straße 5, 10115 Berlin; Hauptstr. 12a | D-10115 Berlin", "… Berlin; … Berlin"},
	} {
		if got := s.Text(tc.text); got != tc.want {
			t.Errorf("%q\n got %q\nwant %q", tc.text, got, tc.want)
		}
	}
}

// What a CV is full of, and what is no way to reach anybody.
func TestTextKeepsOtherNumbers(t *testing.T) {
	t.Parallel()
	s := New("Al", "Bo", "x@mail.example", nil)
	for _, text := range []string{
		".NET 4.8, ISO 27001, ISO/IEC 27001:2022, Python 3.12.1, HTTP/2, TLS 1.3, IPv6 and Windows Server 2019",
		"2019 – 2023, 2019-01 - 2023-12, 01/2019 – 03/2021, 04.2019 - 05.2021, 2019/2020",
		"£65,000 – £75,000, 65 000 - 75 000 EUR, 65000-75000, $120k, 1 200 000 rows, 2 500 000 000 events",
		"99.99 % of 4,500 users on 3 sites; a team of 14, 24/7, 1–10, 100-2000 users, 5 000",
		"16GB RAM, S3 2TB, M1 8GB, EC2 t3.large, 500 Google Drive accounts, 12 Data Centres and 5 Street View feeds",
		"ISO 27001 Lead Auditor, OR 12 others, Oracle 19c, SAP S/4HANA 2022, Engineering 3, AZ-104, CVE-2021-44228",
		"RFC 2119, Plattform 5, Monitoring 24 hours, PostgreSQL 18 and Q3 2024",
	} {
		if got := s.Text(text); got != text {
			t.Errorf("%q\n became %q", text, got)
		}
	}
}

func TestTitleKeepsATradeWordThatIsAlsoAName(t *testing.T) {
	t.Parallel()
	s := New("Ken", "Manager", "k.manager@mail.example", func(w string) bool { return w == "manager" || w == "it" })
	for _, tc := range []struct{ text, title, running string }{
		{"Ken Manager, IT Manager", "… IT Manager", "… IT …"},
		{"manager of IT managers", "manager of IT managers", "manager of IT managers"},
		{"Manager, Ken; kenmanager", "…", "…"},
		{"Mr Manager led 14 managers. ask ken manager", "Mr Manager led 14 managers. ask …", "Mr … led 14 managers. ask …"},
	} {
		if title, running := s.Title(tc.text), s.Text(tc.text); title != tc.title || running != tc.running {
			t.Errorf("%q: as a title %q, want %q; in a text %q, want %q", tc.text, title, tc.title, running, tc.running)
		}
	}
}

func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"Ada@\nmail.example", "+44 (0)20 7946 0958", "12 Acacia Avenue, SW1A 1AA", "A d a", "skype: x", "Straße 5", "é\u0301\u00ad\u200b ´", "\xff 田中"} {
		f.Add(seed, "Ada", "O'Neill-Łovelace", "ada.l@mail.example")
	}
	f.Fuzz(func(t *testing.T, text, first, last, email string) {
		s := New(first, last, email, nil)
		once := s.Text(text)
		if len(once) > len(text)+len(mark) || strings.Count(once, "@") > strings.Count(text, "@") {
			t.Errorf("%q became %q", text, once)
		}
	})
}
