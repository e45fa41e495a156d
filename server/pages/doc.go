// Package pages renders the register as pages that are read: the front page,
// lists, one page for each record, sources, search and the check of packages,
// in four languages. They work without JavaScript and print.
//
// A page is made in two steps: Go gathers what it says (a view), and a template
// lays it out. Words stand in messages.go, a line for each with its four
// languages, so that one that lacks a language does not compile.
package pages
