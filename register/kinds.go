package register

// Kind is what a record is of.
type Kind string

// The kinds of records. A source is none: it is what statements rest on.
const (
	Programme    Kind = "programme"
	Project      Kind = "project"
	Organisation Kind = "organisation"
	Person       Kind = "person"
	Interest     Kind = "interest"
	Meeting      Kind = "meeting"
	Agreement    Kind = "agreement"
	Commitment   Kind = "commitment"
	Target       Kind = "target"
	Investment   Kind = "investment"
)

// Type is what the value of a field is.
type Type string

// The types of fields. A day may be cut to a month or a year where the source
// says no more. A ref is the id of a record; a list of them is refs.
const (
	TextType   Type = "text"
	NumberType Type = "number"
	DayType    Type = "day"
	CodeType   Type = "code"
	CodesType  Type = "codes"
	TextsType  Type = "texts"
	RefType    Type = "ref"
	RefsType   Type = "refs"
	ListType   Type = "list"
	ObjectType Type = "object"
	AnyType    Type = "any"
)

// Field is one field of a kind. Words people read are in no language here: the
// pages and sheets have the heading of each by its name.
type Field struct {
	Name     string
	Type     Type
	Required bool
	Of       Kind     // of a ref
	Codes    []string // of a code; none: open
	Fields   []Field  // of a list's elements (each with an id) or an object
}

// KindInfo describes a kind: its plural as it stands in addresses and file
// names, the field that names a record, and its fields. Projects have the
// fields of OC4IDS and are checked by that standard.
type KindInfo struct {
	Kind   Kind
	Plural string
	Name   string
	Fields []Field
}

var (
	organisationKinds = []string{"authority", "owner", "contractor", "consultant", "supplier", "operator", "lender", "investor", "ngo", "igo", "company"}
	agreementKinds    = []string{"treaty", "intergovernmental", "declaration", "statement", "memorandum", "protocol", "roadmap", "loan", "contract"}
	// CommitmentStatuses say how far a promise is; the first four are those of
	// OC4IDS milestones.
	CommitmentStatuses = []string{"scheduled", "met", "notMet", "partiallyMet", "inForce", "inProgress", "disputed"}
	interestStates     = []string{"expressed", "negotiation", "contract", "done", "partlyDone", "withdrawn"}
	outcomeKinds       = []string{"decision", "action", "commitment", "information"}
	visibilities       = []string{"public", "owner", "internal"}
)

// Services are the fields of work that interests and organisations name. The
// list is open.
var Services = []string{
	"transport", "logistics", "construction", "construction.civil", "construction.rail", "construction.road", "construction.bridgeTunnel",
	"construction.port", "construction.airport", "construction.building", "architecture", "engineering", "engineering.design",
	"engineering.geotechnical", "engineering.structural", "engineering.systems", "rollingStock", "signallingTelecom", "energy", "supervision",
	"projectManagement", "finance", "legal", "environmentSocial", "itCustoms", "operationMaintenance", "supply", "railway", "trade", "agriculture",
}

// Kinds lists every kind in the order in which people meet them.
var Kinds = []KindInfo{
	{Programme, "programmes", "title", []Field{
		{Name: "title", Type: TextType, Required: true}, {Name: "slug", Type: TextType}, {Name: "description", Type: TextType}, {Name: "countries", Type: CodesType},
		{Name: "geometry", Type: AnyType}, {Name: "projects", Type: RefsType, Of: Project}, {Name: "targets", Type: RefsType, Of: Target}, {Name: "owner", Type: RefType, Of: Organisation},
	}},
	{Project, "projects", "title", nil},
	{Organisation, "organisations", "name", []Field{
		{Name: "name", Type: TextType, Required: true}, {Name: "slug", Type: TextType}, {Name: "otherNames", Type: TextsType}, {Name: "country", Type: CodeType},
		{Name: "kind", Type: CodeType, Codes: organisationKinds}, {Name: "services", Type: CodesType}, {Name: "description", Type: TextType},
		{Name: "parent", Type: RefType, Of: Organisation}, {Name: "legalId", Type: TextType}, {Name: "url", Type: TextType}, {Name: "verified", Type: ObjectType, Fields: []Field{{Name: "by", Type: TextType}, {Name: "at", Type: DayType}}},
	}},
	{Person, "people", "name", []Field{
		{Name: "name", Type: TextType, Required: true}, {Name: "slug", Type: TextType},
		{Name: "memberships", Type: ListType, Fields: []Field{{Name: "organisation", Type: RefType, Of: Organisation}, {Name: "post", Type: TextType}, {Name: "country", Type: CodeType}, {Name: "from", Type: DayType}, {Name: "to", Type: DayType}}},
	}},
	{Interest, "interests", "title", []Field{
		{Name: "title", Type: TextType, Required: true}, {Name: "slug", Type: TextType}, {Name: "organisation", Type: RefType, Of: Organisation}, {Name: "who", Type: TextType, Required: true},
		{Name: "country", Type: CodeType}, {Name: "services", Type: CodesType}, {Name: "roles", Type: CodesType},
		{Name: "about", Type: ObjectType, Fields: []Field{{Name: "text", Type: TextType}, {Name: "projects", Type: RefsType, Of: Project}, {Name: "programme", Type: RefType, Of: Programme}, {Name: "countries", Type: CodesType}, {Name: "places", Type: TextsType}}},
		{Name: "partners", Type: TextsType}, {Name: "references", Type: ListType, Fields: []Field{{Name: "text", Type: TextType, Required: true}, {Name: "year", Type: TextType}, {Name: "url", Type: TextType}}},
		{Name: "text", Type: TextType}, {Name: "date", Type: DayType}, {Name: "meeting", Type: RefType, Of: Meeting},
		{Name: "validUntil", Type: DayType}, {Name: "status", Type: CodeType, Codes: interestStates}, {Name: "visibility", Type: CodeType, Codes: visibilities},
	}},
	{Meeting, "meetings", "title", []Field{
		{Name: "title", Type: TextType, Required: true}, {Name: "slug", Type: TextType}, {Name: "kind", Type: CodeType}, {Name: "date", Type: DayType, Required: true}, {Name: "place", Type: TextType},
		{Name: "fields", Type: CodesType}, {Name: "projects", Type: RefsType, Of: Project}, {Name: "agreements", Type: RefsType, Of: Agreement},
		{Name: "participants", Type: ListType, Fields: []Field{{Name: "person", Type: RefType, Of: Person}, {Name: "organisation", Type: RefType, Of: Organisation}, {Name: "name", Type: TextType, Required: true}, {Name: "office", Type: TextType}, {Name: "onBehalfOf", Type: TextType}}},
		{Name: "remarks", Type: ListType, Fields: []Field{{Name: "participant", Type: TextType}, {Name: "text", Type: TextType, Required: true}, {Name: "visibility", Type: CodeType, Codes: visibilities}}},
		{Name: "outcomes", Type: ListType, Fields: []Field{{Name: "kind", Type: CodeType, Codes: outcomeKinds}, {Name: "text", Type: TextType, Required: true}, {Name: "owner", Type: TextType}, {Name: "dueDate", Type: DayType}, {Name: "commitment", Type: RefType, Of: Commitment}}},
	}},
	{Agreement, "agreements", "title", []Field{
		{Name: "title", Type: TextType, Required: true}, {Name: "slug", Type: TextType}, {Name: "kind", Type: CodeType, Codes: agreementKinds}, {Name: "dateSigned", Type: DayType}, {Name: "place", Type: TextType},
		{Name: "inForceFrom", Type: DayType}, {Name: "endsOn", Type: DayType}, {Name: "status", Type: CodeType}, {Name: "note", Type: TextType},
		{Name: "parties", Type: ListType, Fields: []Field{{Name: "country", Type: CodeType}, {Name: "organisation", Type: RefType, Of: Organisation}, {Name: "signatory", Type: TextType}, {Name: "date", Type: DayType}}},
		{Name: "provisions", Type: ListType, Fields: []Field{{Name: "number", Type: TextType}, {Name: "text", Type: TextType, Required: true}, {Name: "kind", Type: CodeType}}},
	}},
	{Commitment, "commitments", "text", []Field{
		{Name: "text", Type: TextType, Required: true}, {Name: "slug", Type: TextType}, {Name: "agreement", Type: RefType, Of: Agreement}, {Name: "meeting", Type: RefType, Of: Meeting}, {Name: "provision", Type: TextType}, {Name: "theme", Type: CodeType},
		{Name: "obligor", Type: TextType}, {Name: "projects", Type: RefsType, Of: Project}, {Name: "target", Type: RefType, Of: Target},
		{Name: "dueDate", Type: DayType}, {Name: "dueText", Type: TextType}, {Name: "dateMet", Type: DayType}, {Name: "status", Type: CodeType, Codes: CommitmentStatuses}, {Name: "statusText", Type: TextType},
	}},
	{Target, "targets", "title", []Field{
		{Name: "title", Type: TextType, Required: true}, {Name: "slug", Type: TextType}, {Name: "key", Type: TextType}, {Name: "indicator", Type: TextType, Required: true}, {Name: "unit", Type: TextType, Required: true}, {Name: "value", Type: NumberType, Required: true},
		{Name: "dueDate", Type: DayType}, {Name: "setBy", Type: TextType}, {Name: "setOn", Type: DayType}, {Name: "geography", Type: TextType}, {Name: "note", Type: TextType}, {Name: "projects", Type: RefsType, Of: Project},
		{Name: "observations", Type: ListType, Fields: []Field{{Name: "period", Type: TextType, Required: true}, {Name: "value", Type: NumberType, Required: true}, {Name: "note", Type: TextType}}},
	}},
	{Investment, "investments", "title", []Field{
		{Name: "title", Type: TextType, Required: true}, {Name: "slug", Type: TextType}, {Name: "investor", Type: CodeType, Required: true}, {Name: "host", Type: CodeType, Required: true},
		{Name: "period", Type: TextType, Required: true}, {Name: "measure", Type: CodeType, Codes: []string{"rank", "flow", "cumulative"}}, {Name: "sector", Type: CodeType},
		{Name: "valueUSD", Type: NumberType}, {Name: "rank", Type: NumberType}, {Name: "note", Type: TextType},
	}},
}

// Info describes a kind, found by its name or its plural; nil where there is none.
func Info(name string) *KindInfo {
	for i := range Kinds {
		if string(Kinds[i].Kind) == name || Kinds[i].Plural == name {
			return &Kinds[i]
		}
	}
	return nil
}

// Source is a document, a speech or a person that something is known from.
type Source struct {
	ID        string            `json:"id"`
	Class     string            `json:"class"`
	Title     map[string]string `json:"title"` // by language
	Publisher string            `json:"publisher,omitempty"`
	Author    string            `json:"author,omitempty"`
	Date      string            `json:"date,omitempty"` // published; a day, month or year
	URL       string            `json:"url,omitempty"`
	Language  string            `json:"language,omitempty"`
	Place     string            `json:"place,omitempty"`
	Retrieved string            `json:"retrieved,omitempty"`
}

// privateFields are those that are never public, of every kind but projects, where
// they stand under karvan.
var privateFields = []Field{
	{Name: "contact", Type: ObjectType, Fields: []Field{{Name: "name", Type: TextType}, {Name: "email", Type: TextType}, {Name: "phone", Type: TextType}}},
	{Name: "internalRemarks", Type: ListType, Fields: []Field{{Name: "text", Type: TextType, Required: true}, {Name: "date", Type: DayType}}},
}

// PrivateField is a field that is never public, and for whom it is: owner, those
// who own the record, or internal, those who keep the register.
type PrivateField struct{ Path, Visibility string }

// PrivateFields lists the fields of a kind that are never public.
func PrivateFields(kind Kind) []PrivateField {
	switch kind {
	case Project:
		return []PrivateField{{"karvan/contact", "owner"}, {"karvan/internalRemarks", "internal"}}
	case "":
		return nil
	}
	return []PrivateField{{"contact", "owner"}, {"internalRemarks", "internal"}}
}
