package desk_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"itmanagerjobs/store/account"
	"itmanagerjobs/store/board"
	"itmanagerjobs/store/letter"
)

func TestAKeyIsApprovedOnceAndTheAdminsHearOfIt(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	key := s.pendingKey(`<script>alert(1)</script>`)
	b := s.signedIn("/platform", reviewer)
	a := b.get("/platform/keys")
	a.wants(t, http.StatusOK, "Northwind Recruitment", "No credits", admin)
	if strings.Contains(a.body, "<script>alert") {
		t.Error("the name of a key is markup")
	}
	at := fmt.Sprintf("/platform/keys/%d", key.ID)
	b.get(at).wants(t, http.StatusOK, "Approve the key", "CV search", "Members who have joined")
	for range 2 { // a double click
		b.post(at+"/approve", nil).wants(t, http.StatusOK, "is approved")
	}
	if got, want := s.mailed(), `Your API key “<script>alert(1)</script>” is approved`; got != want {
		t.Errorf("emails %q, want %q", got, want)
	}
	if got, want := s.actions(), "approve key, sign in"; got != want {
		t.Errorf("audit: %s, want %s", got, want)
	}
	b.get("/platform/audit").wants(t, http.StatusOK, "Approve key", reviewer, "from 127.0.0.1")
}

func TestAKeyIsRefusedWithAReason(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	key := s.pendingKey("Bullhorn")
	b := s.signedIn("/platform", reviewer)
	at := fmt.Sprintf("/platform/keys/%d", key.ID)
	b.post(at+"/refuse", url.Values{"reason": {" "}}).wants(t, http.StatusUnprocessableEntity, "Enter a reason")
	b.post(at+"/refuse", url.Values{"reason": {"Tell us whom you recruit for."}}).wants(t, http.StatusOK, "is refused")
	b.post(at+"/refuse", url.Values{"reason": {"Again"}}).wants(t, http.StatusBadRequest, "does not wait for review any more")
	b.post(at+"/approve", nil).wants(t, http.StatusBadRequest, "is revoked and can't be approved")
	if got, want := s.mailed(), `Your API key “Bullhorn” is not approved`; got != want {
		t.Errorf("emails %q, want %q", got, want)
	}
	s.signedIn("/employer", admin).get("/employer/keys").wants(t, http.StatusOK, "Refused", "Tell us whom you recruit for.")
}

func TestAnOrderIsPaidOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	buyer, b := s.signedIn("/employer", admin), s.signedIn("/platform", reviewer)
	buyer.get("/employer/billing").wants(t, http.StatusOK, "Team", "£599.00", "You have not ordered anything yet.")
	buyer.get("/employer/billing/buy/team").wants(t, http.StatusOK, "5 job postings and 25 CV search credits", `value="Northwind Recruitment"`)
	page := buyer.last
	form := url.Values{"company": {"Northwind & Sons <Ltd>"}, "address": {"1 High Street\nLeeds"}, "country": {"GB"}, "vatNumber": {"GB 123 4567 89"}}
	buyer.post("/employer/billing/buy/team", url.Values{"company": {""}, "address": {""}, "country": {"Atlantis"}}).
		wants(t, http.StatusUnprocessableEntity, "Enter your company's name", "Enter the address of your company", "Enter a country by its name")
	buyer.last = page
	buyer.post("/employer/billing/buy/team", form).wants(t, http.StatusOK, "Thank you for your order", "£718.80", "Waits for payment")
	buyer.last = page
	buyer.post("/employer/billing/buy/team", form).wants(t, http.StatusOK, "This order was placed already")
	buyer.get("/employer/billing/orders/1/invoice").wants(t, http.StatusOK, "Invoice 2026-00001", "Northwind & Sons <Ltd>", "GB123456789", "VAT 20%", "£119.80", "ITManagerJobs Ltd", "GB999999973")
	buyer.get("/employer/billing/orders/2").wants(t, http.StatusNotFound)

	b.get("/platform/orders?status=Open").wants(t, http.StatusOK, "Order 1: Team", "£718.80")
	b.post("/platform/orders/1/paid", url.Values{"reference": {"HSBC 42"}}).wants(t, http.StatusOK, "The order is paid", "HSBC 42")
	b.post("/platform/orders/1/paid", nil).wants(t, http.StatusBadRequest, "This order is paid already")
	b.post("/platform/orders/1/cancel", nil).wants(t, http.StatusBadRequest, "This order is paid already")
	credits, err := s.store.Accounts.Credits(t.Context(), s.employer)
	if want := (account.Credits{JobPosting: 5, CVSearch: 25}); err != nil || credits != want {
		t.Errorf("credits %+v, want %+v; %v", credits, want, err)
	}
	if got, want := s.mailed(), "Paid: Team, invoice 2026-00001\nYour order: Team, invoice 2026-00001"; got != want {
		t.Errorf("emails %q, want %q", got, want)
	}
	buyer.get("/employer/billing?kind=CvSearch").wants(t, http.StatusOK, "Order 1: Team", "+25")
	csv := buyer.get("/employer/billing/ledger.csv?reason=Order")
	if lines := strings.Split(strings.TrimSpace(csv.body), "\n"); len(lines) != 3 || !strings.HasSuffix(lines[1], ",Order 1: Team,,,25,25") {
		t.Errorf("the file: %q", csv.body)
	}
}

func TestTheUnlimitedContractIsBought(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	buyer := s.signedIn("/employer", admin)
	buyer.get("/employer/billing/buy/unlimited")
	buyer.post("/employer/billing/buy/unlimited", url.Values{"company": {"N"}, "address": {"Berlin"}, "country": {"DE"}, "vatNumber": {"DE123456789"}}).wants(t, http.StatusOK, "£8,999.00")
	buyer.get("/employer/billing/orders/1/invoice").wants(t, http.StatusOK, "Reverse charge", "£0.00")
	b := s.signedIn("/platform", reviewer)
	b.post("/platform/orders/1/paid", nil).wants(t, http.StatusOK, "The order is paid")
	e, err := s.store.Accounts.Employer(t.Context(), s.employer.EmployerID)
	if err != nil || e.ContractUntil == nil || !e.ContractUntil.Equal(s.clock.Now().AddDate(1, 0, 0)) {
		t.Errorf("contract %v, %v", e.ContractUntil, err)
	}
	buyer.get("/employer/billing").wants(t, http.StatusOK, "Unlimited", "Publishing is free until 2 March 2027")
}

func TestAnEmployerIsLookedAfter(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	b := s.signedIn("/platform", reviewer)
	at := fmt.Sprintf("/platform/employers/%d", s.employer.EmployerID)
	b.get("/platform/employers?q=NORTH").wants(t, http.StatusOK, "Northwind Recruitment", "1 employer")
	b.get("/platform/employers?q="+url.QueryEscape(admin)).wants(t, http.StatusOK, "Northwind Recruitment")
	b.get("/platform/employers?q=%00%ff'%25").wants(t, http.StatusOK, "No employer is found.")
	page := b.get(at).body
	grant := url.Values{"kind": {"JobPosting"}, "delta": {"3"}, "note": {"for the trouble"}}
	b.post(at+"/credits", grant).wants(t, http.StatusOK, "+3 Job posting", "for the trouble")
	b.last = page
	b.post(at+"/credits", grant).wants(t, http.StatusUnprocessableEntity, "This form was sent already.")
	b.get(at)
	b.post(at+"/credits", url.Values{"kind": {"JobPosting"}, "delta": {"-4"}, "note": {"too many"}}).wants(t, http.StatusUnprocessableEntity, "There are not so many credits left.")
	b.post(at+"/credits", url.Values{"kind": {"JobPosting"}, "delta": {"x"}, "note": {""}}).wants(t, http.StatusUnprocessableEntity, "Enter a reason", "Enter a whole number")
	b.get(at)
	b.post(at+"/credits", url.Values{"kind": {"JobPosting"}, "delta": {"-1"}, "note": {"too many"}}).wants(t, http.StatusOK, "−1 Job posting")
	b.post(at+"/trusted", url.Values{"trusted": {"yes"}}).wants(t, http.StatusOK, "is a trusted partner now")
	b.post(at+"/trusted", url.Values{"trusted": {"perhaps"}}).wants(t, http.StatusBadRequest, "Choose whether Northwind Recruitment is a trusted partner")
	b.post(at+"/contract", url.Values{"until": {"soon"}}).wants(t, http.StatusUnprocessableEntity, "Enter a day")
	b.post(at+"/contract", url.Values{"until": {"9999-12-31"}}).wants(t, http.StatusUnprocessableEntity, "before the year 10000")
	b.post(at+"/contract", url.Values{"until": {"2027-01-31"}}).wants(t, http.StatusOK, "Until 1 February 2027, 00:00 UTC")
	b.post(at+"/limits", url.Values{"limit-jobs": {"500"}, "limit-search": {"0"}, "limit-candidate": {"60"}, "limit-readonly": {"100"}}).wants(t, http.StatusUnprocessableEntity, "CV searches: enter a number")
	b.post(at+"/limits", url.Values{"limit-jobs": {"500"}, "limit-search": {"30"}, "limit-candidate": {"60"}, "limit-readonly": {"100"}}).wants(t, http.StatusOK, `value="500"`)
	credits, err := s.store.Accounts.Credits(t.Context(), s.employer)
	if err != nil || credits.JobPosting != 2 {
		t.Errorf("credits %+v, %v", credits, err)
	}
	if got, want := s.actions(), "set limits, set contract, trust employer, change credits, change credits, sign in"; got != want {
		t.Errorf("audit: %s, want %s", got, want)
	}
	s.signedIn("/employer", admin).get("/employer/billing").wants(t, http.StatusOK, "Granted by the platform", "for the trouble", "Correction by the platform")
}

func TestAKeptMailIsShownAndCanDoNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	err := s.store.Outbox.SendMail(t.Context(), s.employer.EmployerID, letter.Mail{To: "zoe@example.com", Subject: "<b>Hi</b>", Text: "</pre><script>alert(1)</script>", HTML: "<script>alert(1)</script><p>Hi</p>"})
	if err != nil {
		t.Fatal(err)
	}
	b := s.signedIn("/platform", reviewer)
	b.get("/platform/mails?to=ZOE@example.com").wants(t, http.StatusOK, "<b>Hi</b>", "Kept")
	b.get("/platform/mails?to=nobody").wants(t, http.StatusOK, "There are no such emails.")
	a := b.get("/platform/mails/1")
	a.wants(t, http.StatusOK, "zoe@example.com")
	if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<b>Hi") || !strings.Contains(a.body, `sandbox title=`) {
		t.Errorf("the email is markup:\n%s", a.body)
	}
	raw := b.get("/platform/mails/1/html")
	if p := raw.header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "sandbox; default-src 'none'") || raw.body != "<script>alert(1)</script><p>Hi</p>" {
		t.Errorf("policy %q, body %q", p, raw.body)
	}
}

func TestMailsThatAreSentAreNotReadHere(t *testing.T) {
	t.Parallel()
	s := newSite(t, false)
	if err := s.store.Outbox.SendMail(t.Context(), 0, letter.Mail{To: "zoe@example.com", Subject: "Set a new password", Text: "secret-link", HTML: "secret-link"}); err != nil {
		t.Fatal(err)
	}
	b := s.signedIn("/platform", reviewer)
	if a := b.get("/platform/mails/1"); a.status != http.StatusOK || strings.Contains(a.body, "secret-link") {
		t.Errorf("%d\n%s", a.status, a.body)
	}
	b.get("/platform/mails/1/html").wants(t, http.StatusNotFound)
}

func TestPeopleAreImportedHiddenAndErased(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	b := s.signedIn("/platform", reviewer)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", `C:\people.ndjson`)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(part, `{"firstName":"Zoë","lastName":"Łukasz","email":"zoe@example.com","title":"IT Manager"}`)
	fmt.Fprintln(part, `{"firstName":"x"}`)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, s.url+"/platform/cv/imports", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if a := b.do(req); a.status != http.StatusOK || a.path != "/platform/cv/imports/1" {
		t.Fatalf("%d at %s\n%s", a.status, a.path, a.body)
	}
	s.desk.Wait()
	b.get("/platform/cv/imports/1").wants(t, http.StatusOK, "people.ndjson", "Done", "Line 2:")
	b.post("/platform/cv/people", url.Values{"who": {"nobody@example.com"}}).wants(t, http.StatusUnprocessableEntity, "Nobody in the CV database has this address")
	a := b.post("/platform/cv/people", url.Values{"who": {"ZOE@example.com"}})
	a.wants(t, http.StatusOK, "Zoë Łukasz", "Visible")
	b.post(a.path+"/visible", url.Values{"visibility": {"Hidden"}}).wants(t, http.StatusOK, "No employer finds this person any more.", "Hidden")
	b.post(a.path+"/erase", nil).wants(t, http.StatusOK, "The person is erased.")
	b.get(a.path).wants(t, http.StatusNotFound)
	if audit := b.get("/platform/audit"); strings.Contains(audit.body, "Zoë") || strings.Contains(audit.body, "zoe@") {
		t.Error("the audit log has the person")
	}
	if strings.Contains(s.log.String(), "zoe") {
		t.Error("the log has the person")
	}
}

func TestAMessageIsClosed(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	r, err := s.store.Accounts.CreateContactRequest(t.Context(), board.ContactRequest{Name: "Bo", Email: "bo@example.com", Message: "<i>How much?</i>"}, "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	b := s.signedIn("/platform", reviewer)
	b.get("/platform/messages").wants(t, http.StatusOK, r.Ticket(), "<i>How much?</i>", "Open")
	b.post(fmt.Sprintf("/platform/messages/%d/close", r.ID), nil).wants(t, http.StatusOK, r.Ticket()+" is closed.")
	b.get("/platform/system").wants(t, http.StatusOK, "delivery_attempts", "PostgreSQL", "Nothing is late.")
	b.get("/platform/nothing").wants(t, http.StatusNotFound)
	b.get("/platform").wants(t, http.StatusOK, "Keys to review")
}

// TestADatabaseThatIsAwayIsNoFault: the page says when to come again.
func TestADatabaseThatIsAwayIsNoFault(t *testing.T) {
	t.Parallel()
	s := newSite(t, true)
	b := s.signedIn("/platform", reviewer)
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	b.get("/platform").wants(t, http.StatusServiceUnavailable, "Try again in a moment")
}
