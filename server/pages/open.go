package pages

import (
	"maps"
	"net/url"
	"reflect"
	"strconv"
	"time"
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
	shown := copied(given)
	open(shown, o)
	return shown.Elem().Interface()
}

// copied points to a copy of a value.
func copied(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type())
	c.Elem().Set(v)
	return c
}

// Restore puts what was typed before into the form of a page that is sent to an address, wherever it is in the main part, and tells
// whether there is such a form.
func Restore(main any, sentTo string, values url.Values) bool {
	if main == nil || sentTo == "" {
		return false
	}
	v, found := reflect.ValueOf(main), false
	if v.Kind() != reflect.Pointer {
		v = copied(v) // the forms in it are the same
	}
	walk(v, func(part any) bool {
		f, is := part.(interface {
			Address() string
			Restore(values url.Values)
		})
		if is && !found && f.Address() == sentTo {
			f.Restore(values)
			found = true
		}
		return is
	})
	return found
}

// longestWait is the longest time to wait before a form that is anywhere in a page is sent again.
func longestWait(page any) (wait time.Duration) {
	walk(copied(reflect.ValueOf(page)), func(part any) bool {
		f, is := part.(interface{ waits() time.Duration })
		if is {
			wait = max(wait, f.waits())
		}
		return is
	})
	return wait
}

// open notes in what a template can see of a value for whom it is shown.
func open(v reflect.Value, o Opened) {
	walk(v, func(part any) bool { return note(part, o) })
}

// walk goes through what a template can see of a value, and not into what visit has dealt with.
func walk(v reflect.Value, visit func(part any) bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.CanInterface() && visit(v.Interface()) {
			walkBeside(v.Elem(), visit)
			return
		}
		walk(v.Elem(), visit)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous {
				walk(reach(v.Field(i)), visit)
			}
		}
	case reflect.Interface:
		switch {
		case v.IsNil():
		case v.Elem().Kind() == reflect.Pointer:
			walk(v.Elem(), visit)
		case v.CanSet():
			inside := copied(v.Elem())
			walk(inside, visit)
			v.Set(inside.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(reach(v.Index(i)), visit)
		}
	default:
		// Nothing in it is a form.
	}
}

// walkBeside goes through what stands beside a form that a page is itself, because it embeds it: visit has dealt with that form alone.
func walkBeside(v reflect.Value, visit func(part any) bool) {
	if v.Kind() != reflect.Struct {
		return
	}
	embeds := false
	for i := range v.NumField() {
		embeds = embeds || v.Type().Field(i).Anonymous
	}
	for i := 0; embeds && i < v.NumField(); i++ {
		if f := v.Type().Field(i); f.IsExported() && !f.Anonymous {
			walk(reach(v.Field(i)), visit)
		}
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
