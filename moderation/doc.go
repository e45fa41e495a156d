// Package moderation brings what people propose into the register: a submission (an
// interest of a company, an edit, an import, a report of an error) is drafted,
// submitted, accepted or returned, and published. Only what is published is recorded
// in the register; until then nobody sees it but those whom the policy lets.
//
// Every step asks the policy, is one transaction with its event in the audit log, and
// is kept in the submission's trail.
package moderation
