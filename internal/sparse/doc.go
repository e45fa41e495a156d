// Package sparse factors square sparse matrices of unsymmetric values, such as the Jacobians
// of networks, and solves with them.
//
// A [Pattern] holds where entries may stand; it is made once, and with it the order of
// columns (minimum degree on the pattern and its transpose). [Pattern.Factor] then factors a
// set of values by the left-looking method of Gilbert and Peierls (1988, SIAM J. Sci. Stat.
// Comput. 9, 862, doi:10.1137/0909058) with threshold pivoting, and [LU.Refactor] factors
// other values of the same pattern with the same pivots, which costs a fraction.
package sparse
