package auth

import "slices"

// Role is what a curator is trusted with.
type Role string

// The roles.
const (
	Contributor   Role = "contributor"   // drafts
	Reviewer      Role = "reviewer"      // publishes what others drafted
	Administrator Role = "administrator" // people, settings and keys besides
	Auditor       Role = "auditor"       // reads everything and changes nothing
)

// Roles lists the roles, the least trusted first.
func Roles() []Role { return []Role{Contributor, Auditor, Reviewer, Administrator} }

// Permission is one thing that can be allowed at the desk. Each of its routes takes one.
type Permission string

// The permissions.
const (
	Self       Permission = "self"       // one's own account; never a key's
	Read       Permission = "read"       // the desk: queues, drafts, history, figures
	Draft      Permission = "draft"      // begin a listing, keep a draft
	Edit       Permission = "edit"       // change a listing and hand it in for review; claim and snooze work
	Review     Permission = "review"     // comment, approve, send back
	Publish    Permission = "publish"    // publish, withdraw, restore a revision
	Verify     Permission = "verify"     // record what a call confirmed
	Merge      Permission = "merge"      // make one listing of two, and undo it
	Bulk       Permission = "bulk"       // change many at once
	Reports    Permission = "reports"    // answer what the public reported
	Claims     Permission = "claims"     // decide what providers ask for
	Vocabulary Permission = "vocabulary" // terms, labels and synonyms
	Export     Permission = "export"     // take listings out as a file, drafts too
	Oversee    Permission = "oversee"    // read the audit log, and who has which role and key
	People     Permission = "people"     // invite, disable and reset curators, give roles
	APIKeys    Permission = "keys"       // make and revoke keys
	Settings   Permission = "settings"
)

// Permissions lists all of them, in the order people are shown them.
func Permissions() []Permission {
	return []Permission{Self, Read, Draft, Edit, Review, Publish, Verify, Merge, Bulk, Reports, Claims, Vocabulary, Export, Oversee, People, APIKeys, Settings}
}

// Scopes lists the permissions a key can have: none by which it could let somebody in, or outlive its own end.
func Scopes() []Permission {
	return slices.DeleteFunc(Permissions(), func(p Permission) bool { return p == Self || p == People || p == APIKeys })
}

// rights is who may do what.
var rights = map[Role][]Permission{
	Contributor:   {Self, Read, Draft, Edit},
	Auditor:       {Self, Read, Export, Oversee},
	Reviewer:      {Self, Read, Draft, Edit, Review, Publish, Verify, Merge, Bulk, Reports, Claims, Export},
	Administrator: Permissions(),
}

// May reports whether curators of the role may do what takes p. Nobody of an unknown role may do anything.
func (r Role) May(p Permission) bool { return contains(rights[r], p) }

func contains(all []Permission, p Permission) bool { return slices.Contains(all, p) }
