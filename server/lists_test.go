package server_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"itmanagerjobs/server/servertest"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/board/apikey"
)

// listWorld is an employer whose lists are walked.
type listWorld struct {
	*servertest.API

	t      *testing.T
	tenant board.Tenant
	key    string
	job    board.Job // Active
	made   atomic.Int64
}

func newListWorld(t *testing.T) *listWorld {
	t.Helper()
	api := servertest.New(t)
	tenant, _ := api.Employer(t, "Northwind", 100, apikey.ScopeJobPosting)
	for _, family := range board.AllLimitFamilies() {
		if err := api.Store.Accounts.SetLimit(t.Context(), tenant.EmployerID, family, 1_000_000); err != nil {
			t.Fatal(err)
		}
	}
	w := &listWorld{API: api, t: t, tenant: tenant, key: modeKey(t, api, tenant, board.ModeLive, false)}
	w.job = api.OpenJob(t, tenant, func(p *board.JobPatch) {
		p.Title, p.RequiredSkills = board.Set("Site Reliability Engineer"), board.Set([]string{"Kubernetes", "Terraform"})
	})
	return w
}

func (w *listWorld) email() string { return fmt.Sprintf("ada.lovelace%d@example.com", w.made.Add(1)) }

func (w *listWorld) patch(path string, body any) {
	w.t.Helper()
	w.Want(w.t, 200, servertest.Request{Method: http.MethodPatch, Path: path, Key: w.key, Body: body})
}

// change gives the first applications other statuses.
func (w *listWorld) change() {
	w.t.Helper()
	for i, item := range w.list(applications, "sort=createdAt", w.key).Items[:3] {
		status := []string{"Screened", "Screened", "Rejected"}[i]
		w.Want(w.t, 200, move(int64(item["id"].(float64)), w.key, map[string]any{"status": status}))
	}
}

type listPage struct {
	Total, Page int
	Items       []map[string]any
	NextCursor  string

	link string
}

func (p listPage) ids() []int64 {
	ids := make([]int64, len(p.Items))
	for i, item := range p.Items {
		ids[i] = int64(item["id"].(float64))
	}
	return ids
}

func (w *listWorld) list(path, query, key string) (p listPage) {
	w.t.Helper()
	res := w.Want(w.t, 200, get(path+"?"+query, key))
	res.JSON(w.t, &p)
	p.link = res.Header.Get("Link")
	return p
}

// walk goes through a list by cursor; during runs while each page is read.
func (w *listWorld) walk(path, query string, during func()) (ids []int64) {
	w.t.Helper()
	next := "?" + query + "&pageSize=2"
	for page := 1; ; page++ {
		done := make(chan struct{})
		go func() {
			defer close(done)
			during()
		}()
		p := w.list(path, next[1:], w.key)
		<-done
		ids = append(ids, p.ids()...)
		if p.NextCursor == "" {
			return ids
		}
		if page == 100 {
			w.t.Fatalf("%s?%s has no end: %v", path, query, ids)
		}
		if p.Page != 0 && p.Page != page {
			w.t.Errorf("%s: page %d is called %d", next, page, p.Page)
		}
		next = "?" + query + "&pageSize=2&cursor=" + p.NextCursor
		if page > 1 && !strings.Contains(p.link, p.NextCursor) {
			w.t.Errorf("%s: Link %q does not lead to %s", next, p.link, p.NextCursor)
		}
	}
}

func TestEveryList(t *testing.T) {
	t.Parallel()
	for name, of := range allLists {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newListWorld(t)
			l := of(w)
			for range 2 { // two moments, with ties at each
				for range 3 {
					l.add()
				}
				w.Clock.Advance(time.Minute)
			}
			w.Clock.Advance(72 * time.Hour)
			l.mix()
			if l.filter != "" {
				w.checkFilter(l)
			}
			w.checkTenants(l)
			w.checkReverse(l)
			for _, sort := range l.orders() {
				w.checkSort(l, sort)
			}
		})
	}
}

func (w *listWorld) checkFilter(l aList) {
	w.t.Helper()
	ids := func(query string) []int64 { return w.list(l.path, query+"&pageSize=200", w.key).ids() }
	one, other := ids(l.filter+"="+l.values[0]), ids(l.filter+"="+l.values[1])
	want := slices.DeleteFunc(ids(""), func(id int64) bool { return !slices.Contains(one, id) && !slices.Contains(other, id) })
	if len(one) == 0 || len(other) == 0 || len(want) != len(one)+len(other) || len(want) == len(ids("")) {
		w.t.Errorf("%s has %d items, %s %d, of %d", l.values[0], len(one), l.values[1], len(other), len(ids("")))
	}
	both := l.filter + "=" + l.values[0] + "," + l.values[1]
	again := l.filter + "=" + l.values[1] + "&" + l.filter + "=" + l.values[0] + "&" + l.filter + "=" + l.values[1]
	for _, query := range []string{both, again} {
		if diff := cmp.Diff(want, ids(query)); diff != "" {
			w.t.Errorf("?%s (-want +got):\n%s", query, diff)
		}
		if diff := cmp.Diff(want, w.walk(l.path, query, noMix)); diff != "" {
			w.t.Errorf("?%s by cursor (-want +got):\n%s", query, diff)
		}
	}
	first := w.list(l.path, both+"&pageSize=1", w.key)
	// A cursor belongs to the values, in whatever order they are given; and a link repeats them.
	w.list(l.path, again+"&cursor="+first.NextCursor, w.key)
	w.Want(w.t, 400, get(l.path+"?"+l.filter+"="+l.values[0]+"&cursor="+first.NextCursor, w.key))
	if !strings.Contains(first.link, strings.Join(slices.Sorted(slices.Values(l.values[:])), "%2C")) {
		w.t.Errorf("?%s: Link %s", both, first.link)
	}
	for query, field := range map[string]string{"=Lost": l.filter, "=" + l.values[0] + ",Lost": l.filter + "[1]", "=Lost&" + l.filter + "=" + l.values[0]: l.filter + "[0]"} {
		var e struct {
			Errors []struct{ Field, Code, Message string }
		}
		w.Want(w.t, 400, get(l.path+"?"+l.filter+query, w.key)).JSON(w.t, &e)
		if len(e.Errors) != 1 || e.Errors[0].Field != field || e.Errors[0].Code != "not_allowed" ||
			!strings.Contains(e.Errors[0].Message, `"Lost"`) || !strings.Contains(e.Errors[0].Message, l.values[1]) {
			w.t.Errorf("?%s%s: %+v", l.filter, query, e)
		}
	}
}

// checkTenants holds other employers and the other mode apart.
func (w *listWorld) checkTenants(l aList) {
	w.t.Helper()
	cursor := w.list(l.path, "pageSize=1", w.key).NextCursor
	stranger, _ := w.Employer(w.t, "Stranger", 0, apikey.ScopeJobPosting)
	for _, key := range []string{modeKey(w.t, w.API, w.tenant, board.ModeTest, false), modeKey(w.t, w.API, stranger, board.ModeLive, false)} {
		for _, sort := range l.orders() {
			query := "?pageSize=10"
			if sort != "" {
				query += "&sort=" + sort
			}
			res := w.Do(w.t, get(l.path+query, key))
			var p listPage
			res.JSON(w.t, &p)
			if res.Status == http.StatusOK && len(p.Items)+p.Total > 0 || res.Status != http.StatusOK && res.Status != http.StatusNotFound {
				w.t.Errorf("%s%s of somebody else: %d %s", l.path, query, res.Status, res.Body)
			}
		}
		if res := w.Do(w.t, get(l.path+"?cursor="+cursor, key)); res.Status != http.StatusBadRequest && res.Status != http.StatusNotFound {
			w.t.Errorf("%s with the cursor of somebody else: %d %s", l.path, res.Status, res.Body)
		}
	}
}

// checkSort reads the list in an order, "" for the usual one.
func (w *listWorld) checkSort(l aList, sort string) {
	w.t.Helper()
	query := ""
	if sort != "" {
		query = "sort=" + sort
	}
	whole := w.list(l.path, query+"&pageSize=200", w.key)
	w.checkOrder(sort, whole)
	if diff := cmp.Diff(whole.ids(), w.walk(l.path, query, noMix)); diff != "" {
		w.t.Errorf("%q by cursor (-want +got):\n%s", sort, diff)
	}
	left := 4
	walked := w.walk(l.path, query, func() {
		if left--; left >= 0 {
			l.add()
		}
	})
	if once := slices.Compact(slices.Sorted(slices.Values(walked))); len(once) != len(walked) {
		w.t.Errorf("%q repeats items while others are added: %v", sort, walked)
	}
	were := slices.DeleteFunc(walked, func(id int64) bool { return !slices.Contains(whole.ids(), id) })
	if diff := cmp.Diff(whole.ids(), were); diff != "" {
		w.t.Errorf("%q skips items while others are added (-want +got):\n%s", sort, diff)
	}
}

// checkReverse holds two orders against each other, and the first of all against the one that is not named.
func (w *listWorld) checkReverse(l aList) {
	w.t.Helper()
	ids := func(query string) []int64 { return w.list(l.path, query+"&pageSize=200", w.key).ids() }
	for i, pair := range l.sorts {
		one, other := ids("sort="+pair[0]), ids("sort="+pair[1])
		slices.Reverse(other)
		if diff := cmp.Diff(one, other); diff != "" {
			w.t.Errorf("%s is not %s the other way round:\n%s", pair[1], pair[0], diff)
		}
		if diff := cmp.Diff(ids(""), one); i == 0 && diff != "" {
			w.t.Errorf("%s is not the usual order:\n%s", pair[0], diff)
		}
	}
}

// checkOrder looks at the property that a list is sorted by.
func (w *listWorld) checkOrder(sort string, p listPage) {
	w.t.Helper()
	name := strings.TrimPrefix(sort, "-")
	ties := false
	for i := 1; i < len(p.Items) && name != ""; i++ {
		if name == "createdAt" && p.Items[i][name] == nil {
			name = "appliedAt" // of applications
		}
		earlier, later := fmt.Sprintf("%024v", p.Items[i-1][name]), fmt.Sprintf("%024v", p.Items[i][name])
		ties = ties || earlier == later
		if up := !strings.HasPrefix(sort, "-"); up && earlier > later || !up && earlier < later {
			w.t.Errorf("by %s, %s comes before %s", sort, earlier, later)
		}
	}
	if !ties && name != "" && name != "eventId" {
		w.t.Errorf("by %s there are no ties", sort)
	}
}
