package taxonomy

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/store/board"
	"itmanagerjobs/store/cvquery"
)

func TestTheDataAreWhole(t *testing.T) {
	t.Parallel()
	d := data()
	for _, n := range []struct {
		what      string
		got, want int
	}{
		{"skills", len(Skills()), 400},
		{"titles", len(Titles()), 150},
		{"cities", len(Cities()), 250},
	} {
		if n.got < n.want {
			t.Errorf("there are %d %s, not %d", n.got, n.what, n.want)
		}
	}
	for what, spellings := range map[string][]spelling{"skill": d.skillSpellings, "title": d.titleSpellings} {
		seen := map[string]string{}
		for _, s := range spellings {
			if s.words == "" || seen[s.words] != "" {
				t.Errorf("the %s %q is written like %q", what, s.text, seen[s.words])
			}
			seen[s.words] = s.text
		}
	}
	for _, s := range Skills() {
		if name, ok := CanonicalSkill(strings.ToUpper(s.Name)); s.Family == "" || name != s.Name || !ok {
			t.Errorf("%q of the family %q is the skill %q", s.Name, s.Family, name)
		}
		for _, other := range s.Synonyms {
			if name, ok := CanonicalSkill(" " + other); name != s.Name || !ok {
				t.Errorf("%q is the skill %q, not %q", other, name, s.Name)
			}
		}
	}
	seniorities := []string{"", "Junior", "Mid", "Senior", "Lead", "Manager", "Director", "Executive"}
	for _, title := range Titles() {
		if title.Family == "" || len(title.Skills) < 2 || !slices.Contains(seniorities, title.Seniority) {
			t.Errorf("%+v is not whole", title)
		}
		for _, s := range title.Skills {
			if name, ok := CanonicalSkill(s); name != s || !ok {
				t.Errorf("%s has the skill %q, which is %q", title.Name, s, name)
			}
		}
		for _, other := range append([]string{title.Name}, title.Synonyms...) {
			if found, ok := CanonicalTitle(other); found.Name != title.Name || !ok {
				t.Errorf("%q is the title %q, not %q", other, found.Name, title.Name)
			}
		}
	}
	names := map[string]bool{}
	for _, c := range Cities() {
		at := c.Name + ", " + c.Country
		if names[at] || c.Latitude == 0 || c.Longitude == 0 || max(c.Latitude, -c.Latitude) > 70 || max(c.Longitude, -c.Longitude) > 180 {
			t.Errorf("%+v is not whole, or not alone", c)
		}
		names[at] = true
		if found, ok := Locate(at); found != c || !ok {
			t.Errorf("%s is %+v", at, found)
		}
	}
	for kind, spellings := range map[string][]spelling{"city": d.citySpellings, "title": d.titleSpellings} {
		for _, s := range spellings {
			if len(d.phrases[strings.Fields(s.words)[0]]) == 0 {
				t.Errorf("the %s %q is not looked for in texts", kind, s.text)
			}
		}
	}
}

func TestCanonicalSkill(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		written, name string
		known         bool
	}{
		{"k8s", "Kubernetes", true},
		{"js", "JavaScript", true},
		{"GOLANG", "Go", true},
		{"postgres", "PostgreSQL", true},
		{"c sharp", "C#", true},
		{"C", "C", true},
		{"c++", "C++", true},
		{"dotnet", ".NET", true},
		{"asp.net", "ASP.NET", true},
		{"ci / cd", "CI/CD", true},
		{"IT Service Management", "IT service management", true},
		{"itsm", "IT service management", true},
		{"node.js", "Node.js", true},
		{" Basket weaving ", "Basket weaving", false},
		{"", "", false},
	} {
		if name, known := CanonicalSkill(tc.written); name != tc.name || known != tc.known {
			t.Errorf("%q: %q, %t", tc.written, name, known)
		}
	}
}

func TestTitles(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ written, name, seniority string }{
		{"Senior DevOps Engineer (m/f)", "DevOps Engineer", "Senior"},
		{"IT Project Manager, ERP Rollout", "IT Project Manager", ""},
		{"Senior Project Manager", "Project Manager", "Senior"},
		{"Interim Head of Infrastructure", "Head of Infrastructure", "Director"},
		{"Head of Strange Things", "", "Director"},
		{"CTO", "Chief Technology Officer", "Executive"},
		{"Junior IT Manager", "IT Manager", "Junior"},
		{"Group IT Director", "IT Director", "Director"},
		{"Lead C# Developer", ".NET Developer", "Lead"},
		{"Sr. Golang Engineer", "Go Developer", "Senior"},
		{"Information Security Manager", "Information Security Manager", "Manager"},
		{"Software Engineer", "Software Engineer", ""},
		{"Mid-level Java Developer", "Java Developer", "Mid"},
		{"Warehouse Manager", "", "Manager"},
		{"Baker", "", ""},
		{"", "", ""},
	} {
		title, ok := CanonicalTitle(tc.written)
		if title.Name != tc.name || ok != (tc.name != "") || Seniority(tc.written) != tc.seniority {
			t.Errorf("%q: %q, %q; want %q, %q", tc.written, title.Name, Seniority(tc.written), tc.name, tc.seniority)
		}
	}
}

func TestSynonyms(t *testing.T) {
	t.Parallel()
	for term, want := range map[string][]string{
		"kubernetes":     {"k8s", "K8", "title:Kube", "skill:Kube"},
		"golang":         {"title:Go", "skill:Go", "Go lang", "Go programming"},
		"dotnet":         {".NET Framework", "Microsoft .NET"},
		"db2":            {"IBM Db2"},
		"baker":          nil,
		"":               nil,
		"django":         {"Django REST framework", "DRF"},
		"Rust Developer": {"Rust Engineer", "Rust Software Engineer"},
		// A narrower title is no other name for the wider one, nor the other way round.
		"django developer": nil,
		"python developer": {"Python Engineer", "Python Software Engineer"},
		// Short for others, and written in one word or two.
		"Sr.":       {"senior"},
		"senior":    nil,
		"dev":       {"developer"},
		"front-end": {"frontend"},
		"frontend":  {"front end"},
	} {
		if diff := cmp.Diff(want, Synonyms(term)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", term, diff)
		}
	}
	q, err := cvquery.Parse("Golang", Synonyms)
	if want := "'golang' | 'go':A | 'go':B | ('go' <-> 'lang') | ('go' <-> 'programming')"; err != nil || q.String() != want {
		t.Errorf("Golang is looked for as %s, %v", q.String(), err)
	}
	for _, s := range slices.Concat(Skills(), []Skill{{Name: "IT Manager"}}) {
		if _, err := cvquery.Parse(`"`+s.Name+`"`, Synonyms); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]string{
		"London":                       "London, United Kingdom",
		"london, united kingdom":       "London, United Kingdom",
		"London UK":                    "London, United Kingdom",
		"London, Ontario, Canada":      "London, Canada",
		"Leeds, West Yorkshire, UK":    "Leeds, United Kingdom",
		"München":                      "Munich, Germany",
		"krakow, poland":               "Kraków, Poland",
		"Perth, Australia":             "Perth, Australia",
		"Perth":                        "Perth, United Kingdom",
		"New York City, USA":           "New York, United States",
		"Singapore":                    "Singapore, Singapore",
		"Cambridge, United States":     "Cambridge, United States",
		"Newcastle, England":           "Newcastle upon Tyne, United Kingdom",
		"Paris, Texas":                 "",
		"London, France":               "",
		"United Kingdom":               "",
		"Nowhere":                      "",
		"":                             "",
		"91,0":                         "",
		"51,NaN":                       "",
		"1,2,3":                        "",
		"Ho Chi Minh City, Viet Nam":   "Ho Chi Minh City, Vietnam",
		"Dublin, Republic of Ireland ": "Dublin, Ireland",
		"Muenchen":                     "Munich, Germany",
		"Frankfurt/Main":               "Frankfurt, Germany",
		"Frankfurt a.M.":               "Frankfurt, Germany",
		"Frankfurt (Main), Germany":    "Frankfurt, Germany",
		"St. Gallen":                   "St. Gallen, Switzerland",
		"Sankt Gallen, Schweiz":        "St. Gallen, Switzerland",
		"10115 Berlin":                 "Berlin, Germany",
		"D-10115 Berlin, Deutschland":  "Berlin, Germany",
		"Paris 15e":                    "Paris, France",
		"London EC1A 1BB":              "London, United Kingdom",
		"EC1A 1BB":                     "",
		"New York, NY":                 "New York, United States",
		"San Francisco, CA":            "San Francisco, United States",
		"Cambridge, MA":                "Cambridge, United States",
		"Cambridge, Massachusetts":     "Cambridge, United States",
		"London, ON":                   "London, Canada",
		"Guildford, Surrey":            "Guildford, United Kingdom",
		"Berlin, DE":                   "Berlin, Germany",
		"Warschau":                     "Warsaw, Poland",
		"Praga":                        "Prague, Czechia",
		"東京":                           "Tokyo, Japan",
		"Київ":                         "Kyiv, Ukraine",
		"'s-Gravenhage":                "The Hague, Netherlands",
		"London, Leeds":                "",
		"London or Leeds":              "",
	} {
		c, ok := Locate(place)
		got := c.Name + ", " + c.Country
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%s: %s, want %s", place, got, want)
		}
	}
	if c, ok := Locate(" 53.8, -1.55 "); !ok || c != (City{Latitude: 53.8, Longitude: -1.55}) {
		t.Errorf("coordinates are %+v", c)
	}
	for written, want := range map[string]string{"UK": "United Kingdom", "england": "United Kingdom", "USA": "United States", "Éire": "Ireland", "Mars": ""} {
		if got, ok := Country(written); got != want || ok != (want != "") {
			t.Errorf("%s is the country %q", written, got)
		}
	}
}

func TestInFull(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{"Sr. Dev, Node.js": "senior developer nodejs", "IT Mgr": "it manager", "Senior Developer": "", "": ""} {
		if got := InFull(title); got != want {
			t.Errorf("%s: %q, want %q", title, got, want)
		}
	}
}

// Places that are not known, with what may have been meant.
func TestSuggestPlace(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]string{
		"Londn": "London", "Manchster": "Manchester", "Berln": "Berlin", "Berlin-Mitte": "Berlin", "Leeds city centre": "Leeds", "Mitte, Berlin": "Berlin",
		"London, Leeds": "London", "Duesseldorff": "Düsseldorf", "Zorblaxia": "", "": "", "xyz": "", "Zorblax": "", strings.Repeat("x", 300): "",
	} {
		if got, ok := SuggestPlace(place); got != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", place, got, want)
		}
	}
	names := PlaceNames(City{Name: "Munich", Country: "Germany", Latitude: 48.1351, Longitude: 11.5820})
	for _, want := range []string{"munich", "munchen", "muenchen"} {
		if !slices.Contains(names, want) {
			t.Errorf("no %s in %q", want, names)
		}
	}
	d := data()
	for _, s := range d.placeSpellings {
		if s.of < 0 || s.words == "" {
			t.Errorf("places.txt: %q is no city", s.text)
		}
	}
	for i, c := range d.cities[d.hiring:] {
		if slices.ContainsFunc(d.cities[:d.hiring+i], func(o City) bool { return o.Name == c.Name && o.Country == c.Country }) || c.Latitude == 0 || c.Longitude == 0 {
			t.Errorf("places.txt: %+v is there already, or has no coordinates", c)
		}
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"kuberntes": "kubernetes", "Pyhton": "python", "manger": "manager", "terrafrom": "terraform", "postgress": "postgres", "jenkns": "jenkins",
		"developper": "developer", "sercurity": "security", "Birmingam": "birmingham",
		"kubernetes": "", "managers": "", "managing": "", "team": "", "steam": "", "led": "", "zzzzzz": "", "": "", "two words": "", "c++": "",
		"KUBERNTES": "kubernetes", "ajva": "java", "DROP": "", "NEAR": "", "mark": "", "2024": "", "k8ss": "", "Müller": "", "Muller": "", "s4hanaa": "", "jva": "",
	} {
		if got, ok := Suggest(word); got != want || ok != (want != "") {
			t.Errorf("%s: did you mean %q? want %q", word, got, want)
		}
	}
}

func TestTradeWords(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]bool{"manager": true, "security": true, "jenkins": true, "leeds": false, "callaghan": false, "": false} {
		if IsTradeWord(word) != want {
			t.Errorf("%q is a word of the trade: %t", word, !want)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b        string
		limit, want int
	}{
		{"java", "java", 2, 0}, {"jvaa", "java", 2, 1}, {"jaa", "java", 2, 1}, {"javaa", "java", 2, 1}, {"jaba", "java", 2, 1},
		{"abcd", "badc", 2, 2}, {"abcd", "wxyz", 2, 3}, {"", "ab", 2, 2}, {"abc", "", 1, 2},
	} {
		if got := distance(tc.a, tc.b, tc.limit); got != tc.want {
			t.Errorf("%s to %s: %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}

// TestCountriesAreNamedAsForJobs, because the country of a job and that of a person are compared by name.
func TestCountriesAreNamedAsForJobs(t *testing.T) {
	t.Parallel()
	for _, c := range Cities() {
		if known, ok := board.FindCountry(c.Country); !ok || known.Name != c.Country {
			t.Errorf("%s is in %q, which jobs call %q", c.Name, c.Country, known.Name)
		}
	}
}
