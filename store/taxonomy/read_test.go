package taxonomy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const cv = `Aoife Murphy
Senior DevOps Engineer
Cork, Ireland | aoife@example.org

Profile
Engineer with 12+ years of experience, 30 years old when the first cloud came; left banking 20 years ago.
Reported to the CTO and studied at the University of Leeds.

Skills: Go, k8s, Terraform, C, C++ and React; CI/CD with Jenkins. Golang since 2015.

Experience
Built services in Python and R for a bank in London.
`

func TestRead(t *testing.T) {
	t.Parallel()
	got := Read(cv)
	city, _ := Locate("Cork, Ireland")
	want := Profile{
		Title: "DevOps Engineer", Seniority: "Senior", City: &city, Years: 12,
		Skills: []string{"DevOps", "Go", "Kubernetes", "Terraform", "C", "C++", "React", "CI/CD", "Jenkins", "Python", "R"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
}

func TestReadIsNotFooled(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		want Profile
	}{
		{"", Profile{}},
		{"Ready to go live: it took a C-level sponsor, R&D money and vitamin C.", Profile{}},
		{"Go to market was quick. Swift answers, lean teams and safe hands excel; react at once.", Profile{}},
		{"We chose Plan C, Java came later", Profile{Skills: []string{"Java"}}},
		{"Reading books, Nice weather with Charlotte Bedford", Profile{}},
		{"Based in Reading, with a view", Profile{City: cityNamed("Reading", "United Kingdom")}},
		{"Jo\nLondon, United Kingdom\n", Profile{City: cityNamed("London", "United Kingdom")}},
		{"A fan of Leeds United", Profile{}},
		{"Nice, France", Profile{City: cityNamed("Nice", "France")}},
		{"Perth, Australia", Profile{City: cityNamed("Perth", "Australia")}},
		{"worked with the product owner and our scrum master", Profile{Skills: []string{"Scrum"}}},
		{"i am a scrum master", Profile{Title: "Scrum Master", Skills: []string{"Scrum"}}},
		{"IT Manager", Profile{Title: "IT Manager", Seniority: "Manager"}},
		{"Information Technology Manager, five years in charge", Profile{Title: "IT Manager", Seniority: "Manager", Years: 5}},
		{"Lead\nQA Engineer", Profile{Title: "QA Engineer"}},
		{"Objective: a post in C-suite consulting", Profile{}},
		{"Swift developer", Profile{Title: "iOS Developer", Skills: []string{"Swift"}}},
		{"SAFe, Scrum and Kanban", Profile{Skills: []string{"SAFe", "Scrum", "Kanban"}}},
		{"C# and .NET", Profile{Skills: []string{"C#", ".NET"}}},
		{"C#, .NET", Profile{Skills: []string{"C#", ".NET"}}},
		{"C#/.NET; SAP S/4HANA, CI, CD", Profile{Skills: []string{"C#", ".NET", "SAP S/4HANA", "CI/CD"}}},
		{"C#.NET, Active\nDirectory", Profile{Skills: []string{"C#", "Active Directory"}}},
	} {
		got := Read(tc.text)
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.text, diff)
		}
	}
}

func cityNamed(name, country string) *City {
	c, _ := Locate(name + ", " + country)
	return &c
}

func FuzzRead(f *testing.F) {
	f.Add(cv)
	f.Add("in Reading years C and")
	f.Add("twenty years 999 yrs \xff")
	f.Fuzz(func(t *testing.T, text string) {
		p := Read(text)
		if p.Years < 0 || p.Years > 50 {
			t.Errorf("%q: %d years", text, p.Years)
		}
		for _, s := range p.Skills {
			if name, ok := CanonicalSkill(s); name != s || !ok {
				t.Errorf("%q: the skill %q", text, s)
			}
		}
		Suggest(text)
		Locate(text)
		CanonicalTitle(text)
	})
}

func BenchmarkRead(b *testing.B) {
	text := strings.Repeat(cv, 4)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Read(text)
	}
}
