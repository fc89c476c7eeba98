package pages

import (
	"maps"
	"reflect"
	"strconv"
)

// EmployerField and ModeField are the hidden fields with the employer for which a form was opened, and the mode of its data.
const (
	EmployerField = "employer"
	ModeField     = "opened"
)

// Opened is for whom a page is shown: an employer, in one mode.
type Opened struct {
	Employer int64
	Mode     string
}

// OpenFor notes for whom a page is shown in every form and every button that is sent as a form, wherever they are
// in its main part, so that no page can forget one. It returns the main part to show: a copy, where it was given by value.
func OpenFor(main any, o Opened) any {
	if main == nil {
		return nil
	}
	given := reflect.ValueOf(main)
	if given.Kind() == reflect.Pointer {
		open(given, o)
		return main
	}
	shown := reflect.New(given.Type())
	shown.Elem().Set(given)
	open(shown, o)
	return shown.Elem().Interface()
}

// open walks what a template can see of a value.
func open(v reflect.Value, o Opened) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.CanInterface() && note(v.Interface(), o) {
			return
		}
		open(v.Elem(), o)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous {
				open(reach(v.Field(i)), o)
			}
		}
	case reflect.Interface:
		if v.CanSet() && !v.IsNil() {
			v.Set(reflect.ValueOf(OpenFor(v.Elem().Interface(), o)))
		}
	case reflect.Slice:
		for i := range v.Len() {
			open(reach(v.Index(i)), o)
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
func note(part any, o Opened) bool {
	switch part := part.(type) {
	case interface{ OpenFor(o Opened) }:
		part.OpenFor(o)
	case *Action:
		if part.Post != "" {
			part.Values = o.with(part.Values)
		}
	case *Dialog:
		if part.Form != nil {
			part.Form.OpenFor(o)
		} else {
			part.Values = o.with(part.Values)
		}
	default:
		return false
	}
	return true
}

func (o Opened) with(values map[string]string) map[string]string {
	with := map[string]string{EmployerField: strconv.FormatInt(o.Employer, 10), ModeField: o.Mode}
	maps.Copy(with, values)
	return with
}
