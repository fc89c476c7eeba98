package board

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnEmployerProfileNamesEveryBadField(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		profile EmployerProfile
		want    []string
	}{
		"name alone": {EmployerProfile{Name: "Acme"}, nil},
		"all":        {EmployerProfile{Name: "Acme", Website: "https://acme.example", Description: "We make it.\nAll of it.", Phone: "+44 20 7946 0000"}, nil},
		"nothing":    {EmployerProfile{}, []string{"name too_short"}},
		"all bad": {
			EmployerProfile{Name: "\n", Website: "ftp://acme.example", Description: strings.Repeat("x", MaxEmployerDescription+1), Phone: strings.Repeat("1", MaxPhone+1)},
			[]string{"name too_short", "phone too_long", "website invalid_format", "description too_long"},
		},
	} {
		_, err := tt.profile.Normalize()
		var got []string
		if e, ok := errors.AsType[*Error](err); ok {
			for _, f := range e.Fields {
				got = append(got, f.Field+" "+f.Code)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	got, err := EmployerProfile{Name: " Acme ", Website: " https://acme.example ", Description: " a\r\nb ", Phone: " 1 "}.Normalize()
	want := EmployerProfile{Name: "Acme", Website: "https://acme.example", Description: "a\nb", Phone: "1"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("trimmed (-want +got):\n%s%v", diff, err)
	}
}
