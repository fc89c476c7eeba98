package cvquery_test

import (
	"errors"
	"fmt"

	"itmanagerjobs/store/cvquery"
)

func ExampleParse() {
	synonyms := func(term string) []string {
		if term == "k8s" {
			return []string{"Kubernetes"}
		}
		return nil
	}
	q, err := cvquery.Parse(`title:manager K8s NOT "help desk"`, synonyms)
	if err != nil {
		panic(err)
	}
	fmt.Println(q)
	for _, term := range q.Terms() {
		fmt.Println(term.Text)
	}

	_, err = cvquery.Parse("(java OR python", synonyms)
	if syntax, is := errors.AsType[*cvquery.SyntaxError](err); is {
		fmt.Println(syntax.Position, syntax.Message)
	}
	// Output:
	// 'manager':A & ('k8s' | 'kubernetes') & !(('help' <-> 'desk'))
	// title:manager
	// K8s
	// 1 The bracket that opens here is not closed.
}
