package pages

import (
	"net/url"
	"testing"
)

// TestEveryFormOfAPageKnowsItsEmployer looks at every place where a page can have a form.
func TestEveryFormOfAPageKnowsItsEmployer(t *testing.T) {
	t.Parallel()
	type tab struct{ Actions []Action }
	type main struct {
		Head    Head
		Form    *Form
		Dialogs []Dialog
		Table   Table
		Tab     any
	}
	given := main{
		Head: Head{Actions: []Action{{Post: "/a"}, {Path: "/b"}}}, Form: &Form{}, Dialogs: []Dialog{{Post: "/c", Values: map[string]string{"x": "y"}}, {Form: &Form{}}},
		Table: Table{Rows: []Row{{Cells: []Cell{{Actions: []Action{{Post: "/d"}}}}}}}, Tab: tab{Actions: []Action{{Post: "/e"}}},
	}
	shown, ok := OpenFor(given, Opened{7, "test"}).(main)
	if !ok {
		t.Fatal("the page is of another type")
	}
	inside, ok := shown.Tab.(tab)
	if !ok {
		t.Fatal("the tab is of another type")
	}
	for name, values := range map[string]map[string]string{
		"head": shown.Head.Actions[0].Values, "dialog": shown.Dialogs[0].Values, "row": shown.Table.Rows[0].Cells[0].Actions[0].Values, "tab": inside.Actions[0].Values,
	} {
		if values[EmployerField] != "7" || values[ModeField] != "test" {
			t.Errorf("%s: %v", name, values)
		}
	}
	if shown.Form.Opened.Employer != 7 || shown.Dialogs[1].Form.Opened.Mode != "test" || shown.Dialogs[0].Values["x"] != "y" || shown.Head.Actions[1].Values != nil {
		t.Errorf("%+v", shown)
	}
	if OpenFor(nil, Opened{}) != nil {
		t.Error("a page without a main part has one now")
	}
}

// editor is a page that is a form, and has others beside it.
type editor struct {
	*Form

	Delete  *Form
	Dialogs []Dialog
}

func TestThePageOfOneFormHasOthers(t *testing.T) {
	t.Parallel()
	given := editor{
		Form: &Form{Action: "/a", Fields: []*Field{{ID: "x"}}}, Delete: &Form{Action: "/b", Fields: []*Field{{ID: "x"}}},
		Dialogs: []Dialog{{Post: "/c"}, {Form: &Form{Action: "/d", Fields: []*Field{{ID: "x"}}}}},
	}
	for _, main := range []any{given, &given} {
		OpenFor(main, Opened{7, "test"})
	}
	if given.Opened.Employer != 7 || given.Delete.Opened.Employer != 7 || given.Dialogs[0].Values[EmployerField] != "7" || given.Dialogs[1].Form.Opened.Employer != 7 {
		t.Errorf("%+v", given)
	}
	for address, f := range map[string]*Form{"/a": given.Form, "/b": given.Delete, "/d": given.Dialogs[1].Form} {
		if !Restore(given, address, url.Values{"x": {address}}) || f.Fields[0].Value != address {
			t.Errorf("%s has %q", address, f.Fields[0].Value)
		}
	}
}
