package server_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

const search = candidates + "/search"

type searchAnswer struct {
	Total        int
	TotalIsExact bool
	Items        []struct {
		ID                   int64
		Title                *string
		DistanceKm           *float64
		Excerpts             []string
		Score                float64
		Explanation          []string
		Unlocked, InPipeline bool
	}
	Facets map[string][]struct {
		Value string
		Count int
	}
	DidYouMean string
	NextCursor string
}

func (a searchAnswer) ids() (all []int64) {
	for _, hit := range a.Items {
		all = append(all, hit.ID)
	}
	return all
}

func TestSearchAnswersHaveNoContactData(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	grant(t, api, tenant, 1)
	ids := people(t, api, board.ModeLive, grace, plain("Ann"))
	contact := regexp.MustCompile(`(?i)grace|hopper|@|113|0001|ann\b|person|https?:`)
	for _, query := range []string{"", "?q=kubernetes", "?q=keeps+up", "?sort=recency", "?q=skill:terraform&location=Leeds"} {
		res := api.Want(t, 200, get(search+query, key))
		if found := contact.FindString(string(res.Body)); found != "" {
			t.Errorf("%s tells %q: %s", query, found, res.Body)
		}
	}
	// A search for contact data finds nothing: a hit would tell whose profile it is.
	for _, query := range []string{"grace", "hopper", `"grace hopper"`, "496", "example.com"} {
		var found searchAnswer
		api.Want(t, 200, get(search+"?q="+url.QueryEscape(query), key)).JSON(t, &found)
		if found.Total != 0 {
			t.Errorf("%s finds %+v", query, found)
		}
	}
	var before, after searchAnswer
	api.Want(t, 200, get(search+"?q=kubernetes", key)).JSON(t, &before)
	if diff := cmp.Diff(ids[:1], before.ids()); diff != "" {
		t.Fatalf("found (-want +got):\n%s", diff)
	}
	hit := before.Items[0]
	if hit.Unlocked || hit.Score <= 0 || len(hit.Explanation) == 0 || len(hit.Excerpts) == 0 || !strings.Contains(hit.Excerpts[0], "<mark>Kubernetes</mark>") ||
		!before.TotalIsExact || before.Total != 1 || before.Facets["skills"][0].Count != 1 {
		t.Errorf("found %+v", before)
	}
	api.Want(t, 200, unlock(ids[0], key))
	api.Want(t, 200, get(search+"?q=kubernetes", key)).JSON(t, &after)
	if !after.Items[0].Unlocked {
		t.Errorf("after the opening: %+v", after.Items)
	}
}

func TestSearchFiltersAndPages(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	first := people(t, api, board.ModeLive, grace)[0]
	api.Clock.Advance(time.Hour)
	second := people(t, api, board.ModeLive, `{"firstName":"Alan","lastName":"Turing","email":"alan@example.com","title":"C++ Developer","skills":["C++","k8s"],`+
		`"seniority":"Lead","city":"London","country":"United Kingdom","yearsExperience":3,"remoteType":"FullyRemote","availability":"Immediate","cvText":"CI/CD for IT"}`)[0]
	for query, want := range map[string][]int64{
		"":                             {first, second},
		"?q=kubernetes":                {first, second},
		"?q=k8s+NOT+terraform":         {second},
		"?q=C%2B%2B":                   {second},
		"?q=CI/CD":                     {second},
		"?q=title:reliab*":             {first},
		"?q=(terraform+OR+nothing)":    {first},
		"?skills=Kubernetes,C%2B%2B":   {second},
		"?skills=k8s&seniority=Senior": {first},
		"?remoteType=FullyRemote":      {second},
		"?availability=OneMonth":       {first},
		"?minYears=5":                  {first},
		"?location=Leeds":              {first},
		"?location=Leeds&radiusKm=400": {first, second},
		"?location=51.5,-0.12&q=k8s":   {second},
		"?location=Leeds&q=C%2B%2B":    nil,
		"?location=UK":                 {first, second},
		"?location=Germany":            nil,
		"?location=United+Kingdom&radiusKm=1&q=terraform": {first},
		"?q=+":                  {first, second},
		"?q=k8s,terraform":      {first},
		"?q=C%2B%2B/kubernetes": {second},
	} {
		var found searchAnswer
		api.Want(t, 200, get(search+query, key)).JSON(t, &found)
		got := found.ids()
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" || found.Total != len(want) {
			t.Errorf("%s: total %d (-want +got):\n%s", query, found.Total, diff)
		}
	}
	var page searchAnswer
	res := api.Want(t, 200, get(search+"?sort=recency&pageSize=1&skills=kubernetes", key))
	res.JSON(t, &page)
	var rest searchAnswer
	api.Want(t, 200, get(search+"?sort=recency&pageSize=1&skills=kubernetes&cursor="+page.NextCursor, key)).JSON(t, &rest)
	if diff := cmp.Diff([][]int64{{second}, {first}}, [][]int64{page.ids(), rest.ids()}); diff != "" || rest.NextCursor != "" {
		t.Errorf("by cursor, then %q (-want +got):\n%s", rest.NextCursor, diff)
	}
	if link := res.Header.Get("Link"); !strings.Contains(link, search+"?page=2&pageSize=1&skills=kubernetes&sort=recency>; rel=\"next\"") {
		t.Errorf("Link: %s", link)
	}
	var typo searchAnswer
	api.Want(t, 200, get(search+"?q=kuberntes", key)).JSON(t, &typo)
	if typo.Total != 0 || !strings.Contains(strings.ToLower(typo.DidYouMean), "kubernetes") {
		t.Errorf("a word with a letter missing: %+v", typo)
	}
}

// A client that searches again a while later is told that nothing has changed, on a page that others follow, too.
func TestASearchThatFindsTheSameAnswersNotModified(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	_, key := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting, apikey.ScopeCVSearch)
	people(t, api, board.ModeLive, grace, plain("Ann"))
	q := get(search+"?pageSize=1", key)
	first := api.Want(t, 200, q)
	var page searchAnswer
	if first.JSON(t, &page); page.NextCursor == "" {
		t.Fatalf("no other page follows: %s", first.Body)
	}
	api.Clock.Advance(20 * time.Minute)
	q.Header = map[string]string{"If-None-Match": first.Header.Get("ETag")}
	api.Want(t, 304, q)
}

func TestEveryWrongParameterIsNamed(t *testing.T) {
	t.Parallel()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 5, apikey.ScopeJobPosting)
	// The requests use many keys, so that none meets its limit.
	for call, want := range map[string]string{
		search + "?q=" + url.QueryEscape(strings.Repeat("x", 1001)): "q too_long",
		search + "?q=":                          "q too_short",
		search + "?q=(java":                     "q invalid_format",
		search + "?q=java+AND":                  "q invalid_format",
		search + "?q=NOT+java":                  "q invalid_format",
		search + "?location=Atlantis":           "location not_allowed",
		search + "?location=91,0":               "location not_allowed",
		search + "?location=%20":                "location too_short",
		search + "?q=titel:java":                "q invalid_format",
		search + "?radiusKm=10":                 "radiusKm conflict",
		search + "?location=Leeds&radiusKm=501": "radiusKm out_of_range",
		search + "?skills=go,,java":             "skills[1] too_short",
		search + "?skills=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u":                      "skills too_long",
		search + "?seniority=Boss&remoteType=Home&availability=Now&sort=best&minYears=61": "seniority not_allowed, remoteType not_allowed, availability not_allowed, minYears out_of_range, sort not_allowed",
		search + "?cursor=AAAA":                                                          "cursor invalid",
		search + "?sort=recency&cursor=MSBzZWFyY2ggeA":                                   "cursor invalid",
		search + "?sort=recency&cursor=AAAA&page=2":                                      "cursor conflict",
		search + "?pageSize=201&page=0":                                                  "page out_of_range, pageSize out_of_range",
		search + "?colour=red":                                                           "colour unknown_field",
		candidates + "?status=Lost&skills=&jobId=x&updatedSince=yesterday":               "status not_allowed, skills too_short, jobId invalid_type, updatedSince invalid_format",
		candidates + "?cursor=AAAA":                                                      "cursor invalid",
		"/api/v1/matches?jobId=0&candidateId=x&minScore=101":                             "jobId out_of_range, candidateId invalid_type, minScore out_of_range",
		"/api/v1/matches?cursor=AAAA":                                                    "cursor invalid",
		"/api/v1/interviews?status=Lost&from=now&to=2030-02-31T00:00:00Z&sort=createdAt": "status not_allowed, from invalid_format, to invalid_format, sort not_allowed",
		"/api/v1/interviews?cursor=AAAA":                                                 "cursor invalid",
		"/api/v1/ai-calls?status=Done&externalId=&sort=startsAt":                         "status not_allowed, externalId too_short, sort not_allowed",
		"/api/v1/ai-calls?cursor=AAAA":                                                   "cursor invalid",
	} {
		var e struct {
			Code, Message string
			Errors        []struct{ Field, Code, Message string }
		}
		api.Want(t, 400, get(call, modeKey(t, api, tenant, board.ModeLive, false))).JSON(t, &e)
		var got []string
		for _, f := range e.Errors {
			got = append(got, f.Field+" "+f.Code)
		}
		if strings.Join(got, ", ") != want || e.Code != "invalid_query" {
			t.Errorf("%s: %s %q, want %q: %+v", call, e.Code, got, want, e)
		}
		if strings.Contains(call, "?q=java+AND") && !strings.Contains(e.Message, "character 9") {
			t.Errorf("%s does not say where: %s", call, e.Message)
		}
	}
	key := modeKey(t, api, tenant, board.ModeLive, false)
	api.Want(t, 405, servertest.Request{Method: "DELETE", Path: search, Key: key}) // search is not the id of a candidate
	api.Want(t, 404, get(candidates+"/find", key))
}
