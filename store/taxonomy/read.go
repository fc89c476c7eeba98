package taxonomy

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"itmanagerjobs/store/cvquery"
)

// Profile is what the text of a CV says of its author. A field is empty when the text says nothing of it.
type Profile struct {
	Title     string   // a name of Titles
	Seniority string   // as board.Seniority is written
	Skills    []string // names of Skills, in the order in which the text first has them
	City      *City
	Years     int // of experience, where the text gives a number
}

type phraseKind uint8

const (
	skillPhrase phraseKind = iota
	titlePhrase
	cityPhrase
	phraseKinds
)

// phrase is a spelling in the form in which the reader looks for it.
type phrase struct {
	kind  phraseKind
	rest  []string // its words after the first
	text  string   // as written in the data
	of    int
	risky bool
}

// indexPhrases runs after all data files are read.
func (t *tables) indexPhrases() {
	t.phrases = map[string][]phrase{}
	for kind, spellings := range [phraseKinds][]spelling{t.skillSpellings, t.titleSpellings, t.citySpellings} {
		for _, s := range spellings {
			words := strings.Fields(s.words)
			t.phrases[words[0]] = append(t.phrases[words[0]], phrase{phraseKind(kind), words[1:], s.text, s.of, s.risky})
		}
	}
	for _, all := range t.phrases {
		slices.SortStableFunc(all, func(a, b phrase) int { return len(b.rest) - len(a.rest) })
	}
}

// reader goes through the words of a text once.
type reader struct {
	*tables

	text   string
	tokens []cvquery.Token
	known  []bool // by token: part of a skill beyond doubt
	found  []found
}

// found is a phrase in the text.
type found struct {
	phrase

	at, end int // tokens
}

// Read finds the profile in the text of a CV.
func Read(text string) Profile {
	r := reader{tables: data(), text: text, tokens: slices.AppendSeq(make([]cvquery.Token, 0, len(text)/6+1), cvquery.Tokens(text))}
	r.known = make([]bool, len(r.tokens))
	r.findAll()
	p := Profile{Skills: r.skillNames(), City: r.firstCity(), Years: r.years()}
	if title, ok := r.firstTitle(); ok {
		p.Title = r.titles[title.of].Name
		// Words before a title belong to it: "Senior", "Interim", "Lead".
		from := max(0, title.at-2)
		line := text[r.tokens[from].Start:r.tokens[title.end-1].End]
		if i := strings.LastIndexByte(line[:r.tokens[title.at].Start-r.tokens[from].Start], '\n'); i >= 0 {
			line = line[i:]
		}
		p.Seniority = Seniority(line)
	}
	return p
}

// findAll looks for phrases of every kind; of one kind they do not overlap, and the longest wins.
func (r *reader) findAll() {
	var until [phraseKinds]int
	for i, token := range r.tokens {
		for _, p := range r.phrases[token.Word] {
			if i < until[p.kind] || !r.follows(i+1, p.rest) {
				continue
			}
			end := i + 1 + len(p.rest)
			if p.kind == titlePhrase && strings.Contains(r.text[token.Start:r.tokens[end-1].End], "\n") {
				continue // a title stands on one line
			}
			if p.kind == skillPhrase && r.isListed(i, end, p.text) {
				continue
			}
			until[p.kind] = end
			r.found = append(r.found, found{p, i, end})
			if p.kind == skillPhrase && !p.risky {
				for k := i; k < end; k++ {
					r.known[k] = true
				}
			}
		}
	}
}

func (r *reader) follows(at int, rest []string) bool {
	if at+len(rest) > len(r.tokens) {
		return false
	}
	for i, w := range rest {
		if r.tokens[at+i].Word != w {
			return false
		}
	}
	return true
}

// isListed reports whether a sign that sets the things of a list apart stands between the words of a name that has none: "C#, .NET" is
// not "C#.NET". A person who writes "CI, CD" means "CI/CD".
func (r *reader) isListed(at, end int, name string) bool {
	const signs = ",;|/•"
	return end-at > 1 && strings.ContainsAny(r.text[r.tokens[at].Start:r.tokens[end-1].End], signs) && !strings.ContainsAny(name, signs)
}

func (r *reader) written(f found) string {
	return r.text[r.tokens[f.at].Start:r.tokens[f.end-1].End]
}

// word is the i-th word, or "" outside of the text.
func (r *reader) word(i int) string {
	if i < 0 || i >= len(r.tokens) {
		return ""
	}
	return r.tokens[i].Word
}

func (r *reader) skillNames() []string {
	var names []string
	seen := map[int]bool{}
	for _, f := range r.found {
		if f.kind != skillPhrase || seen[f.of] || f.risky && !r.meant(f) {
			continue
		}
		seen[f.of] = true
		names = append(names, r.skills[f.of].Name)
	}
	return names
}

// Words that say what the name beside them means.
var (
	beforeSkill = []string{"language", "languages", "skills", "programming", "stack", "technologies", "technology", "tools", "framework", "frameworks"}
	afterSkill  = []string{
		"api", "apis", "code", "coding", "developer", "developers", "development", "engineer", "engineers", "framework", "language", "microservice",
		"microservices", "programmer", "programming", "scripts", "services",
	}
	beforeGrade = []string{"grade", "class", "vitamin", "plan", "level", "section", "category", "hepatitis", "series", "block", "part"}
)

// meant reports whether an everyday word is used as the name of a skill: it is written as the name is, and stands
// beside a skill or a word that says so.
func (r *reader) meant(f found) bool {
	if r.written(f) != f.text || slices.Contains(beforeGrade, r.word(f.at-1)) {
		return false
	}
	if slices.Contains(afterSkill, r.word(f.end)) || slices.Contains(beforeSkill, r.word(f.at-1)) {
		return true
	}
	before, after := f.at-1, f.end
	for _, and := range []string{"and", "or"} {
		if r.word(before) == and {
			before--
		}
		if r.word(after) == and {
			after++
		}
	}
	return before >= 0 && r.known[before] && r.near(before, f.at) || after < len(r.tokens) && r.known[after] && r.near(f.end-1, after)
}

// near reports whether no sentence ends between two words.
func (r *reader) near(a, b int) bool {
	between := r.text[r.tokens[a].End:r.tokens[b].Start]
	return !strings.Contains(between, ". ") && !strings.Contains(between, "\n\n")
}

// firstTitle is the first title that is written like a heading, or else the first that is not of another person.
func (r *reader) firstTitle() (found, bool) {
	var weak *found
	for _, f := range r.found {
		if f.kind != titlePhrase || slices.Contains([]string{"the", "to", "with", "by", "for", "our", "their", "every"}, r.word(f.at-1)) {
			continue
		}
		if first, _ := utf8.DecodeRuneInString(r.written(f)); unicode.IsUpper(first) || first == '.' {
			return f, true
		}
		if weak == nil {
			weak = &f
		}
	}
	if weak == nil {
		return found{}, false
	}
	return *weak, true
}

// firstCity is the first city that is not part of another name.
func (r *reader) firstCity() *City {
	for _, f := range r.found {
		if f.kind != cityPhrase {
			continue
		}
		first, _ := utf8.DecodeRuneInString(r.written(f))
		before, after := r.word(f.at-1), r.word(f.end)
		country := r.countryAfter(f.end)
		switch {
		case !unicode.IsUpper(first), before == "of" && r.word(f.at-2) == "university":
		case slices.Contains([]string{"university", "college", "school", "united", "beckett"}, after) && r.joined(f.end):
		case f.risky && country == "" && !slices.Contains([]string{"in", "near", "location", "based", "city", "address", "around"}, before):
		default:
			return r.cityOf(f.text, country)
		}
	}
	return nil
}

// joined reports whether nothing but blanks stands before a word.
func (r *reader) joined(at int) bool {
	between := r.text[r.tokens[at-1].End:r.tokens[at].Start]
	return strings.TrimSpace(between) == "" && !strings.Contains(between, "\n")
}

// countryAfter is the country whose name stands behind a comma or a bracket here.
func (r *reader) countryAfter(at int) string {
	if at >= len(r.tokens) || !strings.ContainsAny(r.text[r.tokens[at-1].End:r.tokens[at].Start], ",(|") {
		return ""
	}
	for n := min(4, len(r.tokens)-at); n > 0; n-- {
		words := make([]string, n)
		for i := range words {
			words[i] = r.tokens[at+i].Word
		}
		if c, ok := r.country[strings.Join(words, " ")]; ok {
			return c
		}
	}
	return ""
}

// cityOf is the city of that name in the country, or the first of that name.
func (r *reader) cityOf(name, country string) *City {
	all := r.city[cvquery.Normalize(name)]
	for _, i := range all {
		if r.cities[i].Country == country {
			c := r.cities[i]
			return &c
		}
	}
	c := r.cities[all[0]]
	return &c
}

// numbers in words, as people write them before "years".
var numbers = map[string]int{
	"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
	"fifteen": 15, "twenty": 20, "thirty": 30,
}

// years is the largest number of years that is neither an age nor a time in the past.
func (r *reader) years() int {
	most := 0
	for i, token := range r.tokens {
		if token.Word != "years" && token.Word != "yrs" || slices.Contains([]string{"old", "ago"}, r.word(i+1)) {
			continue
		}
		word := r.word(i - 1)
		n := numbers[word]
		if len(word) <= 2 && n == 0 {
			for _, c := range word {
				if c < '0' || c > '9' {
					n = 0
					break
				}
				n = n*10 + int(c-'0')
			}
		}
		if n > most && n <= 50 {
			most = n
		}
	}
	return most
}
