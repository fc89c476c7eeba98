package pages

import "testing"

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
