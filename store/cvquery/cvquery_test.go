package cvquery

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// spellings stand in for the taxonomy.
func spellings(term string) []string {
	return map[string][]string{
		"k8s":                       {"Kubernetes"},
		"kubernetes":                {"k8s"},
		"golang":                    {"title:go", "skill:go"},
		"go":                        {"Golang"},
		"ci cd":                     {"CICD", "continuous integration"},
		"site reliability engineer": {"SRE"},
		"it manager":                {"information technology manager"},
		"csharp":                    {"C#"},
	}[term]
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ query, want string }{
		{"", ""},
		{" \n", ""},
		{"manager", "'manager'"},
		{"Cloud manager", "'cloud' & 'manager'"},
		{"cloud AND manager OR director", "('cloud' & 'manager') | 'director'"},
		{"cloud (manager OR director)", "'cloud' & ('manager' | 'director')"},
		{"cloud AND NOT aws", "'cloud' & !('aws')"},
		{"cloud -aws", "'cloud' & !('aws')"},
		{"cloud NOT (NOT aws)", "'cloud' & 'aws'"},
		{"cloud -(aws OR azure)", "'cloud' & !('aws' | 'azure')"},
		{`"service desk"`, "('service' <-> 'desk')"},
		{"“service desk”", "('service' <-> 'desk')"},
		{`"service des*"`, "('service' <-> 'des':*)"},
		{"manag*", "'manag':*"},
		{"title:manager skill:aws", "'manager':A & 'aws':B"},
		{"Title:(head OR chief) SKILLS:sap*", "('head':A | 'chief':A) & 'sap':*B"},
		{`title:"head of it"`, "('head':A <-> 'of':A <-> 'it':A)"},
		{"e-commerce", "('e' <-> 'commerce')"},
		{"C++ C# .NET", "'cplusplus' & 'csharp' & 'dotnet'"},
		{"research & development", "'research' & 'development'"},
		{"or and not", "'or' & 'and' & 'not'"},
		{"ratio 16:9", "'ratio' & ('16' <-> '9')"},
		{"https://go.example", "'https' & ('go' <-> 'example')"},
		{"java,python", "'java' & 'python'"},
		{"C++,C#; ,.NET", "'cplusplus' & 'csharp' & 'dotnet'"},
		{"title:java,-php,", "'java':A & !('php')"},
		{"1,000 users", "('1' <-> '000') & 'users'"},
		{`"java, python"`, "('java' <-> 'python')"},
		{"site, reliability engineer", "'site' & 'reliability' & 'engineer'"},
		{"java/python", "'java' & 'python'"},
		{"C/C++", "'c':ABC & 'cplusplus'"},
		{"-java/python cloud", "!('java' & 'python') & 'cloud'"},
		{"title:java/dev*", "'java':A & 'dev':*A"},
		{"cloud OR site/reliability engineer", "'cloud' | (('site' & 'reliability') & 'engineer')"},
		{"S/4HANA 24/7 a/b and/or", "('s' <-> '4hana') & ('24' <-> '7') & ('a' <-> 'b') & ('and' & 'or')"},
		{"C", "'c':ABC"},
		{"it*", "'it':*"},
		{"k8s", "'k8s' | 'kubernetes'"},
		{"golang", "'golang' | 'go':A | 'go':B"},
		{"title:golang", "'golang':A | 'go':A"},
		{"go", "'go':ABC | 'golang'"},
		{"CI/CD", "('ci' <-> 'cd') | 'cicd' | ('continuous' <-> 'integration')"},
		{"senior site reliability engineer", "'senior' & (('site' & 'reliability' & 'engineer') | 'sre')"},
		{"site AND reliability engineer", "'site' & 'reliability' & 'engineer'"},
		{"IT manager", "('it' <-> 'manager') | ('information' <-> 'technology' <-> 'manager')"},
		{"IT director", "'it':ABC & 'director'"},
		{"C#", "'csharp'"},
		{`Golang OR (k8s AND NOT "help desk")`, "('golang' | 'go':A | 'go':B) | (('k8s' | 'kubernetes') & !(('help' <-> 'desk')))"},
		{"Köln Ångström", "('koln' | 'koeln') & ('angstrom' | 'angstroem')"},
		{"zylophone −java", "'zylophone' & !('java')"},
		{"zylophone ‐java", "'zylophone' & !('java')"},
		{"zylophone ‑java", "'zylophone' & !('java')"},
		{"zylophone –java", "'zylophone' & !('java')"},
		{"zylophone —java", "'zylophone' & !('java')"},
		{"zylophone ―java", "'zylophone' & !('java')"},
		{"zylophone ﹣java", "'zylophone' & !('java')"},
		{"zylophone －java", "'zylophone' & !('java')"},
		{"zylophone —“help desk”", "'zylophone' & !(('help' <-> 'desk'))"},
		{"zylophone –(java OR php)", "'zylophone' & !('java' | 'php')"},
		{"(zylophone –java)", "'zylophone' & !('java')"},
		{"zylophone ➖java", "'zylophone' & !('java')"},
		{"zylophone ⁻java", "'zylophone' & !('java')"},
		{"zylophone ─java", "'zylophone' & !('java')"},
		{"zylophone ⸺java", "'zylophone' & !('java')"},
		{"エンジニア ー営業", "('エン' <-> 'ンジ' <-> 'ジニ' <-> 'ニア') & !('営業')"},
		{"zylophone \u200b-java", "'zylophone' & !('java')"},
		{"zylophone \u00ad–java", "'zylophone' & !('java')"},
		{"zylophone \u202a-\u202cjava", "'zylophone' & !('java')"},
		{"zylophone ¬java", "'zylophone' & !('java')"},
		{"zylophone ❗java", "'zylophone' & !('java')"},
		{"java ∧ php ∨ cobol", "('java' & 'php') | 'cobol'"},
		{"java¦php│cobol", "'java' | 'php' | 'cobol'"},
		{"java ∧ ¬﹙php ∨ cobol﹚", "'java' & !('php' | 'cobol')"},
		{"java⁄php manag∗", "('java' & 'php') & 'manag':*"},
		{"❝service desk❞ 《help desk》 〈front end〉", "('service' <-> 'desk') & ('help' <-> 'desk') & ('front' <-> 'end')"},
		{"zylophone !java", "'zylophone' & !('java')"},
		{"zylophone ！java", "'zylophone' & !('java')"},
		{"zylophone & !(java | php)", "'zylophone' & !('java' | 'php')"},
		{"java! php, go?", "'java' & 'php' & ('go':ABC | 'golang')"},
		{"java | php || cobol", "'java' | 'php' | 'cobol'"},
		{"java|php||cobol", "'java' | 'php' | 'cobol'"},
		{"java｜php", "'java' | 'php'"},
		{"java & php && cobol", "'java' & 'php' & 'cobol'"},
		{"java&php&&cobol", "'java' & 'php' & 'cobol'"},
		{"java ＆＆ php", "'java' & 'php'"},
		{"java ＡＮＤ （php ＯＲ cobol）", "'java' & ('php' | 'cobol')"},
		{"java AND/OR php", "'java' | 'php'"},
		{"+java +php java + php", "'java' & 'php' & 'java' & 'php'"},
		{"java / php • cobol", "'java' & 'php' & 'cobol'"},
		{"AT&T R&D", "('at' <-> 't') & 'rnd'"},
		{"site & reliability & engineer", "('site' & 'reliability' & 'engineer') | 'sre'"},
		{"«service desk» „help desk“ 「front end」", "('service' <-> 'desk') & ('help' <-> 'desk') & ('front' <-> 'end')"},
		{"'service desk' ‘help desk’ title:'head of it'", "('service' <-> 'desk') & ('help' <-> 'desk') & ('head':A <-> 'of':A <-> 'it':A)"},
		{"'service don't", "'service' & 'dont'"},
		{"title:“service desk” ｔｉｔｌｅ：java", "('service':A <-> 'desk':A) & 'java':A"},
		{"kuber＊", "'kuber':*"},
		{"HEAD OF IT", "'head' & 'of' & 'it':ABC"},
		{"JAVA BUT NO PYTHON", "'java' & 'but' & 'no' & 'python'"},
		{"java\u200b-php java\u200bphp", "'java' & !('php') & 'java' & 'php'"},
		{"java+php c++ c++11 CompTIA A+ a+b", "'java' & 'php' & 'cplusplus' & ('cplusplus' <-> '11') & 'comptia' & 'aplus' & ('a' <-> 'b')"},
		{"’service desk’ don’t ’90s", "('service' <-> 'desk') & 'dont' & '90s'"},
		{"OR-Tools java", "('or' <-> 'tools') & 'java'"},
		{"und oder O’Reilly OU", "'und' & 'oder' & 'oreilly' & 'ou'"},
		{"東京都 東", "('東京' <-> '京都') & '東':*"},
		{"Inge\u0301nieur", "'ingenieur'"},
		{"50% $100 #java https://a.example/?b=c", "'50' & '100' & 'java' & ('https' & ('a' <-> 'example') & ('b' <-> 'c'))"},
	} {
		q, err := Parse(tc.query, spellings)
		if err != nil {
			t.Errorf("%s: %v", tc.query, err)
			continue
		}
		if got := q.String(); got != tc.want {
			t.Errorf("%s\n got %s\nwant %s", tc.query, got, tc.want)
		}
		if q.Empty() != (tc.want == "") {
			t.Errorf("%q: Empty is %t", tc.query, q.Empty())
		}
	}
}

func TestPhrasesAndWords(t *testing.T) {
	t.Parallel()
	q, err := Parse(`k8s CI/CD manag* "service desk" k8s NOT (aws OR title:azure)`, spellings)
	if err != nil {
		t.Fatal(err)
	}
	phrases := [][]string{{"k8s"}, {"kubernetes"}, {"ci", "cd"}, {"cicd"}, {"continuous", "integration"}, {"manag"}, {"service", "desk"}}
	if diff := cmp.Diff(phrases, q.Phrases()); diff != "" {
		t.Errorf("phrases (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"k8s", "ci", "cd", "service", "desk"}, q.Words()); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
	if phrases := (Query{}).Phrases(); phrases != nil {
		t.Errorf("the empty query has the phrases %v", phrases)
	}
}

func TestTerms(t *testing.T) {
	t.Parallel()
	q, err := Parse(`Senior site Reliability engineer, (K8s. OR title:Golang) kube* "Service desk" IT C++ -aws`, spellings)
	if err != nil {
		t.Fatal(err)
	}
	want := [][2]string{
		{"Senior", "'senior'"},
		{"site Reliability engineer", "('site' & 'reliability' & 'engineer') | 'sre'"},
		{"K8s", "'k8s' | 'kubernetes'"},
		{"title:Golang", "'golang':A | 'go':A"},
		{"kube*", "'kube':*"},
		{"Service desk", "('service' <-> 'desk')"},
		{"IT", "'it':ABC"},
		{"C++", "'cplusplus'"},
	}
	var got [][2]string
	for _, term := range q.Terms() {
		got = append(got, [2]string{term.Text, Query{term.Expr}.String()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("terms (-want +got):\n%s", diff)
	}
}

func TestTermsInTitles(t *testing.T) {
	t.Parallel()
	synonyms := func(term string) []string {
		return map[string][]string{"golang": {"title:go", "skill:go"}, "cloud architect": {"aws architect"}}[term]
	}
	for query, want := range map[string][]string{
		"java -senior":           {"'java':A"},
		"golang london":          {"'golang':A | 'go':A", "'london':A"},
		"cloud architect":        {"('cloud':A & 'architect':A) | ('aws':A <-> 'architect':A)"},
		`skill:java title:"a b"`: {"('a':A <-> 'b':A)"},
		"manag* OR (c d)":        {"'manag':*A", "'c':A", "'d':A"},
		"":                       nil,
	} {
		q, err := Parse(query, synonyms)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if diff := cmp.Diff(want, q.InTitles()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestTheTreeHasTermsWithTheirSynonyms(t *testing.T) {
	t.Parallel()
	q, err := Parse("title:golang kube* site reliability engineer -(aws)", spellings)
	if err != nil {
		t.Fatal(err)
	}
	word := func(w string) Phrase { return Phrase{Words: []string{w}} }
	want := And{
		Term{"title:golang", Or{Phrase{Words: []string{"golang"}, Sections: InTitle}, Phrase{Words: []string{"go"}, Sections: InTitle, Synonym: true}}},
		Term{"kube*", Phrase{Words: []string{"kube"}, Prefix: true}},
		Term{"site reliability engineer", Or{And{word("site"), word("reliability"), word("engineer")}, Phrase{Words: []string{"sre"}, Synonym: true}}},
		Not{Term{"aws", word("aws")}},
	}
	if diff := cmp.Diff(Expr(want), q.Expr()); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
	if !Sections(0).Has(3) || InSkills.Has(0) || !InSkills.Has(1) {
		t.Error("the sections of a set are wrong")
	}
}

func TestOperators(t *testing.T) {
	t.Parallel()
	for q, want := range map[string]string{
		"java or python": "java OR python",
		`é and (not "research and development")`: `é AND (NOT "research and development")`,
		"“rock and roll” or roll":                "“rock and roll” OR roll",
		"and/or Oracle band, or":                 "and/or Oracle band, OR",
		"":                                       "",
	} {
		if got := Operators(q); got != want {
			t.Errorf("%s: %s, want %s", q, got, want)
		}
	}
}

func TestErrorsNameTheirPlace(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		query    string
		position int
		message  string
	}{
		{"(cloud", 1, "not closed"},
		{"cloud)", 6, "no opening bracket"},
		{"cloud ()", 7, "nothing between"},
		{`é "service`, 3, "quotation mark"},
		{`a ""`, 3, "no letter"},
		{"cloud AND", 10, "missing at the end"},
		{"cloud AND OR aws", 11, "before this operator"},
		{"OR aws", 1, "before this operator"},
		{"(OR aws)", 2, "before this operator"},
		{"(cloud OR)", 10, "before this closing bracket"},
		{"NOT", 4, "missing at the end"},
		{"NOT aws", 1, "must be there"},
		{"-aws -azure", 1, "must be there"},
		{"cloud OR NOT aws", 10, "must be there"},
		{"cloud OR (aws -azure)  OR NOT (a b)", 27, "must be there"},
		{"cloud title:", 7, "follow the colon"},
		{"title:skill:aws", 1, "follow the colon"},
		{"title: OR aws", 1, "follow the colon"},
		{"cloud a*", 7, "At least two"},
		{"java/p*", 1, "At least two"},
		{"cloud titel:java", 7, "no field titel:, only title: and skill:"},
		{`Müll:"x y"`, 1, "no field Müll:"},
		{"cloud foo:", 7, "no field foo:"},
		{"java AND, OR x", 11, "before this operator"},
		{"& / +", 1, "before this operator"},
		{"zylophone - java", 11, "without a blank: -word"},
		{"zylophone – java", 11, "without a blank: -word"},
		{"zylophone java -", 16, "without a blank"},
		{"zylophone ! java", 11, "without a blank"},
		{"zylophone --java", 11, "one sign"},
		{"zylophone —-java", 11, "one sign"},
		{"zylophone !!java", 11, "one sign"},
		{"zylophone !=java", 12, "no = here"},
		{"zylophone ||| java", 11, "OR or AND"},
		{"zylophone|", 11, "missing at the end"},
		{"|zylophone", 1, "before this operator"},
		{"java ODER python", 6, "write OR"},
		{"java ATAU python", 6, "write OR"},
		{"java EI python", 6, "write NOT"},
		{"java &/OR python", 7, "write OR"},
		{"java もしくは python", 6, "write OR"},
		{"java بدون python", 6, "write NOT"},
		{"java ללא python", 6, "write NOT"},
		{"java ∪ python", 6, "Write AND, OR or NOT"},
		{"java ∪python", 6, "Write AND, OR or NOT"},
		{"java≠python", 5, "Write AND, OR or NOT"},
		{"java → python", 6, "Write AND, OR or NOT"},
		{"java 🚫python", 6, "write -word"},
		{"java ❌python", 6, "write -word"},
		{"java UND python", 6, "write AND"},
		{"java OHNE python", 6, "write NOT"},
		{"java ou OU python", 9, "write OR"},
		{"java SENZA python", 6, "write NOT"},
		{"java EXCETO python", 6, "write NOT"},
		{"java DEĞİL python", 6, "write NOT"},
		{"java ΚΑΙ python", 6, "write AND"},
		{"java VAGY python", 6, "write OR"},
		{"java と python", 6, "write AND"},
		{"java 非 python", 6, "write NOT"},
		{"JAVA O PYTHON", 6, "write OR"},
		{"JAVA E PYTHON", 6, "write AND"},
		{"java PLUS python", 6, "write AND"},
		{"java MINUS python", 6, "write NOT"},
		{"java NOT-python", 6, "a blank and the word"},
		{"java -NOT python", 7, "not both"},
		{"java NOT -python", 10, "not both"},
		{"java NOT –python", 10, "not both"},
		{"java -!python", 7, "not both"},
		{"java w/3 python", 6, "quotation marks"},
		{"java pre/5 python", 6, "quotation marks"},
		{"java ADJ python", 6, "quotation marks"},
		{"jav?", 4, "single character"},
		{"jav? developer", 4, "single character"},
		{"java 20..30", 8, "ranges"},
		{"java Y python", 6, "write AND"},
		{"java О́ ИЛИ python", 9, "write OR"},
		{"java NEAR python", 6, "quotation marks"},
		{"java NEAR/5 python", 6, "quotation marks"},
		{"java W/3 python", 6, "quotation marks"},
		{"java XOR python", 6, "(a OR b) NOT (a b)"},
		{"java WITHOUT python", 6, "write NOT"},
		{`"service desk"~5`, 15, "no ~ here"},
		{`"service desk"*`, 15, "before the closing quotation mark"},
		{`"service * desk"`, 1, "at the end"},
		{"java ET/OU python", 6, "write OR"},
		{"java UND/ODER python", 6, "write OR"},
		{"java または python", 6, "write OR"},
		{"java 或 python", 6, "write OR"},
		{"java 和 python", 6, "write AND"},
		{"java أو python", 6, "write OR"},
		{"&quot;service desk&quot;", 1, "Write the sign itself"},
		{"java &ndash;python", 6, "Write the sign itself"},
		{"java &amp; python", 6, "Write the sign itself"},
		{"java&#45;python", 5, "Write the sign itself"},
		{"%22service desk%22", 1, "Write the sign itself"},
		{"java ー", 6, "without a blank"},
		{"kuber~1", 6, "no ~ here"},
		{"java^2", 5, "no ^ here"},
		{"title=java", 6, "title:word"},
		{"years>5", 6, "filters"},
		{"[java python]", 1, "round brackets"},
		{"{java}", 1, "round brackets"},
		{"*script", 1, "end of a word"},
		{"ja*a", 3, "end of a word"},
		{"*", 1, "leave the search empty"},
		{"＊", 1, "leave the search empty"},
		{"ja?a", 3, "single character"},
		{"java%", 5, "star"},
		{"a !b!c", 5, "Put a blank"},
		{`\"java`, 1, "quotation marks"},
		{"title :java", 7, "beside the name"},
		{"java 🙂", 6, "no letter and no digit"},
		{"java # python", 6, "no letter and no digit"},
		{"java ++", 6, "no letter and no digit"},
		{"cloud " + strings.Repeat("x", 101), 7, "longer than 100"},
		{strings.Repeat("x ", 501), 1001, "longer than 1000"},
		{strings.Repeat("x ", 61), 121, "more than 60"},
		{strings.Repeat("(", 21) + "x", 21, "20 deep"},
		{"x " + strings.Repeat("NOT (", 11) + "x", 53, "20 deep"},
		{"a\xffb", 1, "UTF-8"},
	} {
		q, err := Parse(tc.query, spellings)
		e, ok := errors.AsType[*SyntaxError](err)
		if !ok {
			t.Errorf("%q is taken: %s", tc.query, q.String())
			continue
		}
		if e.Position != tc.position || !strings.Contains(e.Message, tc.message) {
			t.Errorf("%q: character %d, %q; want %d, %q", tc.query, e.Position, e.Message, tc.position, tc.message)
		}
	}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, want string }{
		{"", ""},
		{"Senior IT Manager", "senior it manager"},
		{"C, C++, C#, F#; C/C++", "c cplusplus csharp fsharp c cplusplus"},
		{"C++17 and C#8, g++", "cplusplus 17 and csharp 8 gplusplus"},
		{"C sharp or C-sharp, F Sharp", "csharp or csharp fsharp"},
		{".net Core, .NET, ASP.NET, VB.Net 4.8, c#.net, by dot net", "dotnet core dotnet aspdotnet vbdotnet 4 8 csharp dotnet by dotnet"},
		{"www.example.net .network", "www example net network"},
		{"Node.js, Vue.JS, next.jsx", "nodejs vuejs next jsx"},
		{"CI/CD, TCP/IP, PL/SQL, 24/7", "ci cd tcp ip pl sql 24 7"},
		{"e-commerce T-SQL k8s S/4HANA", "e commerce t sql k8s s 4hana"},
		{"R&D, Q&A, AT&T, R & D", "rnd qna at t r d"},
		{"C-level, C suite, Objective-C", "clevel csuite objectivec"},
		{"CompTIA A+, Security+, a+b", "comptia aplus security a b"},
		{"don't, O’Brien's 'quoted'", "dont obriens quoted"},
		{"Kraków, Łódź, Straße, Ærø, İstanbul", "krakow lodz strasse aero istanbul"},
		{"Москва 東京 ﬁne ＡＢＣ", "москва 東京 fine abc"},
		{"a\u00adb\u200bc é", "ab c e"},
		{"Inge\u0301nieur Kubernetes Łódź", "ingenieur kubernetes lodz"},
		{"Ｃ＋＋ Ｃ＃ ．ＮＥＴ Ｎｏｄｅ．ｊｓ Ｒ＆Ｄ", "cplusplus csharp dotnet nodejs rnd"},
		{"O'Brien O’Brien OʼBrien O`Brien O´Brien O‘Brien O′Brien O＇Brien", strings.TrimSpace(strings.Repeat("obrien ", 8))},
		{"ʼquotedʼ `code` ´x´", "quoted code x"},
		{"東京都庁", "東京 京都 都庁"},
		{"東 Java開発者Ruby", "東 java 開発 発者 ruby"},
		{"ｶﾞｲﾄﾞ ガイド カ\u3099イト\u3099", "ガイ イド ガイ イド ガイ イド"},
		{"サーバー", "サー ーバ バー"},
		{"ΣΊΣΥΦΟΣ Сережа Серёжа", "σισυφοσ сережа сережа"},
		{"50% €100 <b>bold</b>", "50 100 b bold b"},
		{"x\xffy", "x y"},
	} {
		if got := Normalize(tc.text); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.text, got, tc.want)
		}
	}
}

func TestTokensTellWhereTheyStand(t *testing.T) {
	t.Parallel()
	const text = "Wrote C++, C sharp and ASP.NET in Kraków (.NET)."
	var got []string
	for tok := range Tokens(text) {
		got = append(got, tok.Word+"="+text[tok.Start:tok.End])
	}
	want := []string{"wrote=Wrote", "cplusplus=C++", "csharp=C sharp", "and=and", "aspdotnet=ASP.NET", "in=in", "krakow=Kraków", "dotnet=.NET"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	for range Tokens(text) {
		break // a reader may stop
	}
}

// What PostgreSQL is given: it has no way to be wrong.
var tsquery = regexp.MustCompile(`^(?:'[\pL\pN\pM]+'(?::\*?[ABC]*)?| <-> | & | \| |!?\(|\))+$`)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", `Golang OR (k8s AND NOT "help desk")`, "title:(a OR -b) c*", "ci/cd & 'x' \\ : | !", "((((", `"a"b"c"`, "-", "İ ŀ ﷺ हिन्दी 한국어", "a\x00b",
		"go it c r", "c sharp objective c", "x.js .net", "AND OR NOT",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if once := Normalize(text); Normalize(once) != once {
			t.Errorf("%q: %q, then %q", text, once, Normalize(once))
		}
		start := -1
		for tok := range Tokens(text) {
			if tok.Word == "" || tok.Start <= start || tok.End <= tok.Start || tok.End > len(text) {
				t.Fatalf("%q: token %+v", text, tok)
			}
			start = tok.Start
		}
		q, err := Parse(text, spellings)
		if err != nil {
			e, ok := errors.AsType[*SyntaxError](err)
			if !ok || e.Position < 1 || e.Position > len(text)+1 || e.Message == "" {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		ts := q.String()
		if q.Empty() != (strings.TrimSpace(text) == "") || q.Empty() != (ts == "") {
			t.Errorf("%q: empty %t, %q", text, q.Empty(), ts)
		}
		if ts != "" && (!tsquery.MatchString(ts) || strings.Count(ts, "(") != strings.Count(ts, ")") || len(q.Phrases()) == 0) {
			t.Errorf("%q: %q", text, ts)
		}
	})
}

func BenchmarkNormalize(b *testing.B) {
	text := strings.Repeat("Led a team of nine across service desk, C++ and Kubernetes in Kraków; cut the backlog by half. ", 11)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Normalize(text)
	}
}
