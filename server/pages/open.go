package pages

import (
	"maps"
	"reflect"
	"strconv"
)

// EmployerField is the hidden field with the employer for which a form was opened.
const EmployerField = "employer"

// OpenFor notes the employer for which a page is shown in every form and every button that is sent as a form, wherever they are
// in its main part, so that no page can forget one. It returns the main part to show: a copy, where it was given by value.
func OpenFor(main any, employerID int64) any {
	if main == nil {
		return nil
	}
	given := reflect.ValueOf(main)
	if given.Kind() == reflect.Pointer {
		open(given, employerID)
		return main
	}
	shown := reflect.New(given.Type())
	shown.Elem().Set(given)
	open(shown, employerID)
	return shown.Elem().Interface()
}

// open walks what a template can see of a value.
func open(v reflect.Value, employerID int64) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.CanInterface() && note(v.Interface(), employerID) {
			return
		}
		open(v.Elem(), employerID)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous {
				open(reach(v.Field(i)), employerID)
			}
		}
	case reflect.Interface:
		if v.CanSet() && !v.IsNil() {
			v.Set(reflect.ValueOf(OpenFor(v.Elem().Interface(), employerID)))
		}
	case reflect.Slice:
		for i := range v.Len() {
			open(reach(v.Index(i)), employerID)
		}
	default:
		// Nothing in it is a form.
	}
}

// reach is the address of a part where it has one, so that what is noted in the part stays.
func reach(v reflect.Value) reflect.Value {
	if v.Kind() == reflect.Struct && v.CanAddr() {
		return v.Addr()
	}
	return v
}

// note is false for what holds no form itself.
func note(part any, employerID int64) bool {
	switch part := part.(type) {
	case interface{ OpenFor(employerID int64) }:
		part.OpenFor(employerID)
	case *Action:
		if part.Post != "" {
			part.Values = withEmployer(part.Values, employerID)
		}
	case *Dialog:
		if part.Form != nil {
			part.Form.OpenFor(employerID)
		} else {
			part.Values = withEmployer(part.Values, employerID)
		}
	default:
		return false
	}
	return true
}

func withEmployer(values map[string]string, employerID int64) map[string]string {
	with := map[string]string{EmployerField: strconv.FormatInt(employerID, 10)}
	maps.Copy(with, values)
	return with
}
