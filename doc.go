// Package karvan is the integrated model: what a cross-border infrastructure
// programme does to routes, flows, capacity, cost and carbon.
//
// [Inputs] are a checked study. [New] prepares it, [Model.Run] solves one
// scenario in one year, [Compare] sets two outcomes side by side. Nothing here
// touches a file, a clock or a database; package study reads inputs and package
// store writes outcomes.
//
//	model, err := karvan.New(inputs)
//	base, err := model.Run(ctx, "base", 2020, karvan.Options{})
//	with, err := model.Run(ctx, "btk-5mt", 2020, karvan.Options{})
//	difference := karvan.Compare(base, with)
//
// Units: km, h, t, t/yr, USD at constant prices of the study's price year.
package karvan
