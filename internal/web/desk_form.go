package web

import (
	"slices"

	"carefinder/internal/fault"
)

// deskForm is a form of the desk. All are drawn by one template, with label, hint and error in the same places; their
// words are the messages desk.field., desk.hint. and desk.wrong. with the field's name.
type deskForm struct {
	ID     string // before the ids of its fields, where a page has several forms
	Action string
	Submit string
	About  string // what it is done to, where several forms of a page do the same
	Danger bool   // takes something away
	Get    bool   // asks, and changes nothing
	Hidden []field
	Fields []*deskField
	More   []*deskField // folded away, but for an Open form
	Open   bool
}

// deskField is one field of a form.
type deskField struct {
	ID, Name, Label, Hint string
	Type                  string // of the input: text, password, …; "select", "boxes" or "textarea" for those
	Value                 string
	Complete              string // what a browser may fill it with
	Numeric               bool   // on a phone, digits
	Options               []option
	Error                 string
}

// form begins a form that is sent to a path of the desk; submit names the message on its button.
func (v *visit) form(id, action, submit string) *deskForm {
	return &deskForm{ID: id, Action: v.url(action), Submit: v.t(submit)}
}

// hide adds a field nobody sees.
func (f *deskForm) hide(name, value string) { f.Hidden = append(f.Hidden, field{name, value}) }

// hinted are the fields with a hint.
var hinted = []string{"code", "login", "name", "new_password", "new_code", "key_name", "days", "action", "role"}

// add adds a field.
func (v *visit) add(f *deskForm, kind, name, value, complete string) *deskField {
	x := &deskField{ID: f.ID + "-" + name, Name: name, Label: v.t("desk.field." + name), Type: kind, Value: value, Complete: complete}
	if slices.Contains(hinted, name) {
		x.Hint = v.t("desk.hint." + name)
	}
	f.Fields = append(f.Fields, x)
	return x
}

// mark writes what is wrong into a form, and gives the summary above the page. f is nil where no form was sent.
func (v *visit) mark(f *deskForm, bad *fault.Error) []pageError {
	var all []pageError
	for _, x := range bad.Fields {
		family := "desk.wrong."
		if bad.Kind == fault.Conflict {
			family = "desk.conflict."
		}
		e := pageError{Field: x.Name, Message: v.t(family + x.Name)}
		if at := f.field(x.Name); at != nil {
			at.Error, e.URL = e.Message, "#"+at.ID
		}
		if !slices.ContainsFunc(all, func(y pageError) bool { return y.Message == e.Message }) {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		all = []pageError{{Message: v.t("desk.failed." + bad.Kind.String())}}
	}
	return all
}

func (f *deskForm) field(name string) *deskField {
	if f == nil {
		return nil
	}
	for _, x := range f.Fields {
		if x.Name == name {
			return x
		}
	}
	return nil
}
