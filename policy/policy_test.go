package policy

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// The table is read against what was decided for each role in words, state by state:
// expected is written here by hand, apart from the rules, as letters of actions.
//
//	r read  c create  h change  s submit  a accept  t return  p publish  w withdraw
//
// Each line: role, whose object it is (own, area, other), object, visibility, then what
// is allowed in draft, submitted, accepted, returned, published, superseded, withdrawn.
const expected = `
public other record public     -    -    -    -    r   -   -
public other record owner      -    -    -    -    -   -   -
public other record internal   -    -    -    -    -   -   -
public other interest public   -    -    -    -    -   -   -
public other edit public       -    -    -    -    -   -   -
public other import public     -    -    -    -    -   -   -
public other report public     -    c    -    -    -   -   -
public other report owner      -    c    -    -    -   -   -
public other report internal   -    -    -    -    -   -   -
company own record public      -    -    -    -    r   -   -
company own record owner       -    -    -    -    r   -   -
company own record internal    -    -    -    -    -   -   -
company own interest public    rchsw rcw rw  rhsw  rw  r   r
company own interest owner     rchsw rcw rw  rhsw  rw  r   r
company own interest internal  -    -    -    -    -   -   -
company own edit public        -    -    -    -    -   -   -
company other record owner     -    -    -    -    -   -   -
company other interest public  -    -    -    -    -   -   -
company other interest owner   -    -    -    -    -   -   -
contributor own edit public    rchsw rcw rw  rhsw  r   r   r
contributor own import owner   rchsw rcw rw  rhsw  r   r   r
contributor own edit internal  -    -    -    -    -   -   -
contributor other edit public  -    -    -    -    -   -   -
contributor other interest owner - -    -    -    -   -   -
contributor other record internal - -   -    -    -   -   -
editor area record internal    r    r    r    r    r   r   r
editor area interest owner     -    rat  rt   r    r   r   r
editor area interest internal  -    rat  rt   r    r   r   r
editor area edit public        c    rcat rt   r    r   r   r
editor own edit public         rchsw rcatw rtw rhsw r  r   r
editor area report owner       -    rcat rt   r    r   r   r
editor other record owner      -    -    -    -    -   -   -
editor other interest public   -    -    -    -    -   -   -
editor other edit public       -    -    -    -    -   -   -
publisher area record internal r    r    r    r    r   r   r
publisher area interest owner  -    rat  rtp  r    rw  r   r
publisher area edit public     c    rcat rtp  r    rw  r   r
publisher area report owner    -    rcat rtp  r    rw  r   r
publisher other interest owner -    -    -    -    -   -   -
auditor other record internal  r    r    r    r    r   r   r
auditor other interest owner   r    r    r    r    r   r   r
auditor other edit internal    r    r    r    r    r   r   r
auditor other report public    r    rc   r    r    r   r   r
auditor own edit public        r    r    r    r    r   r   r
administrator other record internal - -  -    -    -   -   -
administrator other interest owner - -   -    -    -   -   -
administrator other edit public -   -    -    -    -   -   -
`

var update = flag.Bool("update", false, "write the policy in full to testdata")

var letters = map[byte]Action{'r': Read, 'c': Create, 'h': Change, 's': Submit, 'a': Accept, 't': Return, 'p': Publish, 'w': Withdraw}

func principal(role Role) Principal {
	if role == Public {
		return Principal{}
	}
	g := Grant{Role: role}
	switch role {
	case Company:
		g.Organisation = "kv-organisation-own"
	case Editor, Publisher:
		g.Country = "AZ"
	}
	return Principal{Account: "a-me", Grants: []Grant{g}}
}

func target(object Object, state, visibility, whose string) Target {
	t := Target{Object: object, State: state, Visibility: visibility, Author: "a-other", Organisation: "kv-organisation-other", Countries: []string{"TR"}}
	if whose == "own" {
		t.Author, t.Organisation = "a-me", "kv-organisation-own"
	}
	if whose == "own" || whose == "area" {
		t.Countries = []string{"AZ", "GE"}
	}
	return t
}

func TestPolicyIsAsDecided(t *testing.T) {
	for _, line := range strings.Split(strings.TrimSpace(expected), "\n") {
		f := strings.Fields(line)
		if len(f) != 4+len(States) {
			t.Fatalf("%q has %d parts", line, len(f))
		}
		for i, state := range States {
			for letter, action := range letters {
				want := strings.IndexByte(f[4+i], letter) >= 0
				err := Policy{}.Allows(principal(Role(f[0])), action, target(Object(f[2]), state, f[3], f[1]))
				if (err == nil) != want {
					t.Errorf("%s %s %s %s %s in %s: allowed %v, want %v", f[0], f[1], action, f[2], f[3], state, err == nil, want)
				}
			}
		}
	}
}

// Every cell of role x action x object x state x visibility x whose, as a file that a
// person reads when it changes: go test ./policy -run Full -args -update.
func TestPolicyInFull(t *testing.T) {
	var b strings.Builder
	for _, role := range Roles {
		for _, whose := range []string{"own", "area", "other"} {
			for _, object := range Objects {
				states, visibilities := States, Visibilities
				if object == Accounts || object == Audit {
					states, visibilities = []string{""}, []string{""}
				}
				for _, visibility := range visibilities {
					var row []string
					for _, state := range states {
						allowed := ""
						for _, action := range Actions {
							if (Policy{}).Allows(principal(role), action, target(object, state, visibility, whose)) == nil {
								allowed += "," + string(action)
							}
						}
						if allowed != "" {
							row = append(row, orNone(state)+": "+allowed[1:])
						}
					}
					if len(row) > 0 {
						fmt.Fprintf(&b, "%s %s %s %s | %s\n", role, whose, object, orNone(visibility), strings.Join(row, " | "))
					}
				}
			}
		}
	}
	const file = "testdata/policy.txt"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the policy is another than in %s:\n%s", file, b.String())
	}
}

func TestFourEyesAndTokens(t *testing.T) {
	who := Principal{Account: "a-me", Grants: []Grant{{Role: Publisher}}}
	mine := Target{Object: Edit, State: "accepted", Visibility: "public", Author: "a-me"}
	if err := (Policy{FourEyes: true}).Allows(who, Publish, mine); err == nil {
		t.Error("an author published its own with four eyes asked for")
	}
	if err := (Policy{}).Allows(who, Publish, mine); err != nil {
		t.Error(err)
	}
	who.Actions = []Action{Read}
	if (Policy{}).Allows(who, Publish, mine) == nil {
		t.Error("a token for reading published")
	}
	// Nobody has a role without being signed in, whatever its grants say.
	if (Policy{}).Allows(Principal{Grants: []Grant{{Role: Administrator}}}, Manage, Target{Object: Accounts}) == nil {
		t.Error("somebody who is not signed in kept accounts")
	}
	// What is misspelt is refused.
	if (Policy{}).Allows(who, Read, Target{Object: Record, State: "published", Visibility: "secret"}) == nil {
		t.Error("an unknown visibility was read")
	}
}
