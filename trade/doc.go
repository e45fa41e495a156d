// Package trade estimates and answers questions about trade between countries:
// gravity by Poisson pseudo-maximum likelihood with any number of
// high-dimensional fixed effects ([FitPPML]), and the general equilibrium of
// one-sector structural gravity in exact hat algebra ([Counterfactual]).
//
// It sees countries, products and matrices, never a network. Engines take and
// return plain values; [ReadFrame] reads tables of researchers' data and
// [ParseFormula] the formula of a model.
package trade
