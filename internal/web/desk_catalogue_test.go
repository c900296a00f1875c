package web_test

import (
	"strings"

	"carefinder/internal/auth"
)

// deskFamilies are the messages of the desk whose names end in a code.
func deskFamilies() map[string][]string {
	return map[string][]string{
		"desk.role.": names(auth.Roles()), "desk.permission.": names(auth.Permissions()),
		"desk.state.": {"active", "invited", "disabled"}, "desk.actor.": {"console", "anybody"},
		"desk.field.":    strings.Fields("login name role password code new_password new_code link key_name passkey_name days scopes action subject address"),
		"desk.hint.":     strings.Fields("login name role code new_password new_code key_name passkey_name days action"),
		"desk.wrong.":    strings.Fields("login name role password new_password code new_code secret key_name passkey_name credential days scopes id before address reach"),
		"desk.conflict.": strings.Fields("login administrator self disabled form credential passkeys"),
		"desk.failed.":   strings.Fields("unauthenticated too-many not-found invalid conflict forbidden"),
	}
}
