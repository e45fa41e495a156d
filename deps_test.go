package karvan_test

import (
	"os/exec"
	"strings"
	"testing"
)

// allowed is the order of the house: each package with those of this module
// that it may import. Imports run down the floors, or sideways where the table
// lists it. A change of this table needs a record in docs/adr.
const allowed = `
internal/check:
internal/fault:
internal/ordering:

network:
od:
policy:
programme:
railcapacity:
register:
register/oc4ids: internal/check
register/exchange: register register/oc4ids
register/labels: register register/oc4ids
trade:
tntp: internal/fault
gmns: internal/fault
studies:
web:
internal/gpkg:
fluid:

internal/sqldb:
internal/pgtest: internal/check
internal/outbound:
internal/sparse: internal/ordering
routing:      internal/ordering
pipeflow:     fluid internal/sparse
epanet:       internal/fault pipeflow
gaslib:       internal/fault pipeflow
pandapipes:   internal/fault pipeflow
pipecsv:      internal/fault pipeflow
pipeline:     fluid pipeflow
calibration:
assignment:   routing

karvan:       assignment calibration network od pipeflow pipeline railcapacity routing trade

study:        assignment karvan network od pipeflow pipeline register trade
store:        internal/gpkg karvan network od pipeline
store/schema: internal/sqldb
store/audit: internal/sqldb
store/accounts: internal/sqldb policy store/audit
store/backup: internal/sqldb store/registerdb store/schema
store/registerdb: internal/sqldb register register/labels store/audit store/schema

moderation:   internal/sqldb policy register register/exchange register/labels register/oc4ids store/accounts store/audit store/registerdb

server/features:
server/access: internal/outbound internal/sqldb policy store/accounts
server/workapi: internal/sqldb moderation policy register register/exchange server/access store/accounts store/audit store/registerdb
server/registerapi: internal/sqldb register register/exchange register/labels register/oc4ids store/registerdb
server/pages: internal/sqldb moderation pipeline policy register register/exchange register/labels register/oc4ids server/registerapi store/accounts store/audit store/registerdb
server:       internal/gpkg internal/sqldb karvan moderation pipeflow pipeline policy register register/exchange register/oc4ids server/access server/features server/pages server/registerapi server/workapi store store/accounts store/audit store/registerdb trade web

cmd/karvan:   internal/sqldb assignment epanet fluid gaslib gmns internal/fault karvan moderation network od pandapipes pipecsv pipeflow pipeline programme register register/exchange register/labels register/oc4ids routing policy server server/registerapi store store/accounts store/audit store/backup store/registerdb store/schema studies study tntp trade
studies/build:
changelog/build:
`

func TestImportOrder(t *testing.T) {
	const module = "github.com/karvan/karvan"
	table := map[string]map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(allowed), "\n") {
		name, list, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		table[strings.TrimSpace(name)] = map[string]bool{}
		for _, p := range strings.Fields(list) {
			table[strings.TrimSpace(name)][p] = true
		}
	}
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}}: {{join .Imports \" \"}}", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	short := func(path string) string {
		if path == module {
			return "karvan"
		}
		return strings.TrimPrefix(path, module+"/")
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		path, imports, _ := strings.Cut(line, ": ")
		may, known := table[short(path)]
		if !known {
			t.Errorf("package %s is not in the table: give it a floor", short(path))
			continue
		}
		for _, i := range strings.Fields(imports) {
			if strings.HasPrefix(i, module) && !may[short(i)] {
				t.Errorf("%s may not import %s", short(path), short(i))
			}
		}
	}
}
