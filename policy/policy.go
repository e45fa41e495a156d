// Package policy tells who may do what with what is in the register: one table of
// rules, and what no rule allows is refused.
//
// What everybody may read needs no question here: the register gives nothing else
// to its public pages, exports, feeds and counts. The policy decides of everything
// besides: drafts and what waits for a decision, contacts and internal remarks,
// accounts and the audit log.
package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what an account may be for.
type Role string

// The roles. Everybody is also public.
const (
	Public        Role = "public"
	Company       Role = "company"       // speaks for its own organisation
	Contributor   Role = "contributor"   // proposes
	Editor        Role = "editor"        // accepts or returns, for countries or programmes
	Publisher     Role = "publisher"     // signs off
	Auditor       Role = "auditor"       // reads all, writes nothing
	Administrator Role = "administrator" // keeps accounts; no word in what is published
)

// Roles lists all roles.
var Roles = []Role{Public, Company, Contributor, Editor, Publisher, Auditor, Administrator}

// Action is what somebody wants to do.
type Action string

// The actions.
const (
	Read     Action = "read"
	Create   Action = "create"
	Change   Action = "change"
	Submit   Action = "submit"
	Accept   Action = "accept"
	Return   Action = "return"
	Publish  Action = "publish"
	Withdraw Action = "withdraw"
	Manage   Action = "manage"
)

// Actions lists all actions.
var Actions = []Action{Read, Create, Change, Submit, Accept, Return, Publish, Withdraw, Manage}

// Object is what an action is about.
type Object string

// The objects. A record is what the register holds; the others on the way to it are
// submissions.
const (
	Record   Object = "record"
	Interest Object = "interest"
	Edit     Object = "edit"
	Import   Object = "import"
	Report   Object = "report" // of an error
	Accounts Object = "accounts"
	Audit    Object = "audit"
)

// Objects lists all objects.
var Objects = []Object{Record, Interest, Edit, Import, Report, Accounts, Audit}

// States are those of a submission or of what a record says, in the order of its way.
var States = []string{"draft", "submitted", "accepted", "returned", "published", "superseded", "withdrawn"}

// Visibilities tell for whom a value is: everybody, those who own the record, those
// who keep the register.
var Visibilities = []string{"public", "owner", "internal"}

// Scope is what of its objects a rule is about.
type Scope string

// The scopes: everything; what one wrote or one's organisation did; what belongs to
// the countries or programmes for which one has the role.
const (
	Any  Scope = "any"
	Own  Scope = "own"
	Area Scope = "area"
)

// Rule allows an action. A rule of which a part matches nothing allows nothing.
type Rule struct {
	Role       Role
	Action     Action
	Object     Object
	State      string
	Visibility string
	Scope      Scope
}

// table is the policy. Each line allows its actions on its objects in its states and
// visibilities; * is all of them.
const table = `
# role          actions                 objects                     states                              visibility    scope
public          read                    record                      published                           public        any
public          create                  report                      submitted                           public,owner  any

company         read                    record                      published                           public,owner  own
company         read                    interest                    *                                   public,owner  own
company         create                  interest                    draft,submitted                     public,owner  own
company         change,submit           interest                    draft,returned                      public,owner  own
company         withdraw                interest                    draft,submitted,accepted,returned,published public,owner own

contributor     read                    edit,import                 *                                   public,owner  own
contributor     create                  edit,import                 draft,submitted                     public,owner  own
contributor     change,submit           edit,import                 draft,returned                      public,owner  own
contributor     withdraw                edit,import                 draft,submitted,accepted,returned   public,owner  own

editor          read                    record                      *                                   *             area
editor          read                    interest,edit,import,report submitted,accepted,returned,published,superseded,withdrawn * area
editor          read                    edit,import                 draft                               *             own
editor          create                  edit,import                 draft,submitted                     *             area
editor          change,submit           edit,import                 draft,returned                      *             own
editor          withdraw                edit,import                 draft,submitted,accepted,returned   *             own
editor          accept,return           interest,edit,import,report submitted                           *             area
editor          return                  interest,edit,import,report accepted                            *             area

publisher       read                    record                      *                                   *             area
publisher       read                    interest,edit,import,report submitted,accepted,returned,published,superseded,withdrawn * area
publisher       read                    edit,import                 draft                               *             own
publisher       create                  edit,import                 draft,submitted                     *             area
publisher       change,submit           edit,import                 draft,returned                      *             own
publisher       accept,return           interest,edit,import,report submitted                           *             area
publisher       publish,return          interest,edit,import,report accepted                            *             area
publisher       withdraw                interest,edit,import,report published                           *             area
publisher       withdraw                edit,import                 draft,submitted,accepted,returned   *             own

auditor         read                    record,interest,edit,import,report *                            *             any
auditor         read                    accounts,audit              -                                   -             any

administrator   read,manage             accounts                    -                                   -             any
administrator   read                    audit                       -                                   -             any
`

// Rules are the rules of the policy, each of one action, object, state and visibility,
// in the order of the table.
var Rules = parse(table)

func parse(text string) []Rule {
	var out []Rule
	for _, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		if len(f) != 6 {
			panic("policy: a line of the table has not six parts: " + line)
		}
		list := func(s string, all []string) []string {
			if s == "*" {
				return all
			}
			return strings.Split(s, ",")
		}
		for _, action := range strings.Split(f[1], ",") {
			for _, object := range strings.Split(f[2], ",") {
				for _, state := range list(f[3], States) {
					for _, visibility := range list(f[4], Visibilities) {
						out = append(out, Rule{Role(f[0]), Action(action), Object(object), state, visibility, Scope(f[5])})
					}
				}
			}
		}
	}
	return out
}

// Grant is a role that an account has; editors and publishers may have it for some
// countries (ISO 3166-1 alpha-2) or programmes only, a company has it for its
// organisation.
type Grant struct {
	Role         Role   `json:"role"`
	Country      string `json:"country,omitempty"`
	Programme    string `json:"programme,omitempty"`
	Organisation string `json:"organisation,omitempty"`
}

func (g Grant) String() string {
	s := string(g.Role)
	for _, part := range []string{g.Country, g.Programme, g.Organisation} {
		if part != "" {
			s += " for " + part
		}
	}
	return s
}

// Principal is who asks. The zero value is somebody who is not signed in.
type Principal struct {
	Account string // its id; "" is not signed in
	Name    string
	Grants  []Grant
	// Actions limits a token to some actions; nil: all that the grants allow.
	Actions []Action
}

// Has reports whether a principal has a role, for whatever.
func (p Principal) Has(role Role) bool {
	return role == Public || slices.ContainsFunc(p.Grants, func(g Grant) bool { return g.Role == role })
}

// Organisations lists those for which a principal speaks.
func (p Principal) Organisations() []string {
	return p.granted(func(g Grant) string {
		if g.Role != Company {
			return ""
		}
		return g.Organisation
	})
}

// Countries lists those for which a principal has a role.
func (p Principal) Countries() []string {
	return p.granted(func(g Grant) string { return g.Country })
}

// Programmes lists those for which a principal has a role.
func (p Principal) Programmes() []string {
	return p.granted(func(g Grant) string { return g.Programme })
}

func (p Principal) granted(what func(Grant) string) []string {
	var out []string
	for _, g := range p.Grants {
		if w := what(g); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// Target is what an action is about, as far as rules look at it.
type Target struct {
	Object       Object
	State        string
	Visibility   string
	Author       string   // account
	ChangedBy    []string // accounts that have written it since, the author or others
	Organisation string
	Countries    []string
	Programmes   []string
}

// Policy is the table, and what a site sets besides.
type Policy struct {
	// FourEyes keeps whoever has written something from accepting or publishing it.
	FourEyes bool
}

// Allows tells why an action is refused, or nil. What no rule allows is refused.
func (p Policy) Allows(who Principal, action Action, t Target) error {
	if who.Actions != nil && !slices.Contains(who.Actions, action) {
		return &Refusal{who, action, t, "the token is not for this"}
	}
	if p.FourEyes && who.Account != "" && (action == Accept || action == Publish) && (who.Account == t.Author || slices.Contains(t.ChangedBy, who.Account)) {
		return &Refusal{who, action, t, "somebody else than who wrote it has to"}
	}
	for i := range Rules {
		r := &Rules[i]
		if r.Action != action || r.Object != t.Object || r.State != orNone(t.State) || r.Visibility != orNone(t.Visibility) {
			continue
		}
		if r.Role == Public {
			return nil
		}
		for _, g := range who.grants() {
			if g.Role == r.Role && covers(who, g, r.Scope, t) {
				return nil
			}
		}
	}
	return &Refusal{who, action, t, "no rule allows it"}
}

// grants are the roles of a principal; whoever is signed in may speak for a company
// that is not known yet, but for those whose role is to stand apart.
func (p Principal) grants() []Grant {
	switch {
	case p.Account == "":
		return nil
	case p.Has(Auditor), p.Has(Administrator):
		return p.Grants
	}
	return append([]Grant{{Role: Company}}, p.Grants...)
}

func covers(who Principal, g Grant, s Scope, t Target) bool {
	switch s {
	case Any:
		return true
	case Own:
		return who.Account != "" && who.Account == t.Author || g.Organisation != "" && g.Organisation == t.Organisation
	case Area:
		return (g.Country == "" || slices.Contains(t.Countries, g.Country)) && (g.Programme == "" || slices.Contains(t.Programmes, g.Programme))
	}
	return false
}

func orNone(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Refusal is the error of an action that is not allowed.
type Refusal struct {
	Who    Principal
	Action Action
	Target Target
	Why    string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s of %s in state %s is refused: %s", r.Action, r.Target.Object, orNone(r.Target.State), r.Why)
}
