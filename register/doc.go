// Package register keeps what people agreed, promised and do: projects,
// organisations, interests, meetings, agreements, commitments and targets,
// each fact with its source. It knows no network: a project names the keys of
// the links and scenarios that it concerns, and others join the two.
//
// There is one kind of truth, the [Statement]: a subject, a path into its
// record, a value, and who said so, where and when. A record is the fold of
// the accepted statements about its subject ([Fold]); history, rival values
// and provenance come from the same list.
//
// Projects are those of the Open Contracting for Infrastructure Data Standard
// (OC4IDS 0.9.5) unchanged; what the standard lacks stands under the one key
// karvan.
package register
