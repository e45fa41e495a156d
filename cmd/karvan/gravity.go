package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/karvan/karvan/trade"
)

func gravityCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "gravity",
		Short: "Estimate gravity models of trade, and work counterfactuals out",
		Long:  `Gravity by Poisson pseudo-maximum likelihood with many fixed effects, and general equilibrium in exact hat algebra.`,
		Example: `  karvan gravity fit data.csv.gz --formula "trade ~ rta + log(dist) | exporter^year + importer^year"
  karvan gravity counterfactual --data pairs.csv --sigma 5 --baseline rta --counterfactual rta_cfl --coefficient rta=0.5`,
		Args: args(0, 0, "a sub-command: fit or counterfactual"),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(gravityFitCommand(), gravityCounterfactualCommand())
	return c
}

// fitted is what fit prints as JSON.
type fitted struct {
	*trade.Fit
	Missing int `json:"n_missing"`
}

func gravityFitCommand() *cobra.Command {
	var formula, cluster, se, weights, offset string
	var o trade.FitOptions
	var asJSON bool
	c := &cobra.Command{
		Use:   "fit DATA",
		Short: "Estimate a gravity model by PPML",
		Long: `Estimates a formula on a table (.csv or .csv.gz with a header). Regressors: columns, log(x), exp(x), sqrt(x), products
a:b. Fixed effects after |, joined by + ; columns that vary together by ^. Separated observations, singletons and
collinear regressors are left out and reported; rows with a missing value too. Standard errors: hc1, or cluster where
--cluster is given (two ways joined by +), with the small-sample factors of fixest and pyfixest.

Exit status: 0 done, 1 not done, 64 the formula or a flag cannot be used.`,
		Example: `  karvan gravity fit data.csv --formula "trade ~ rta + log(dist) | exporter^year + importer^year + exporter^importer" --cluster exporter^importer`,
		Args:    args(1, 1, "a table"),
		RunE: func(c *cobra.Command, a []string) error {
			f, err := trade.ParseFormula(formula)
			if err != nil {
				return exit{statusUsage, err}
			}
			if o.SE = se; se == "" {
				o.SE = trade.HC1
				if cluster != "" {
					o.SE = trade.Cluster
				}
			}
			if o.SE != trade.IID && o.SE != trade.HC1 && o.SE != trade.Cluster {
				return exit{statusUsage, fmt.Errorf("--se %q is not one of iid, hc1, cluster", se)}
			}
			if o.SE == trade.Cluster && cluster == "" {
				return exit{statusUsage, fmt.Errorf("--se cluster needs --cluster")}
			}
			switch o.Family {
			case trade.PPML, trade.Gamma, trade.NegBin, trade.OLS:
			default:
				return exit{statusUsage, fmt.Errorf("--family %q is not one of %s, %s, %s, %s", o.Family, trade.PPML, trade.Gamma, trade.NegBin, trade.OLS)}
			}
			data, err := readFrame(a[0])
			if err != nil {
				return err
			}
			m, missing, err := trade.BuildModel(data, f, cluster, weights, offset)
			if err != nil {
				return fmt.Errorf("%s: %w", a[0], err)
			}
			if isTerminal(c.ErrOrStderr()) {
				o.Progress = func(iteration int, deviance float64) {
					fmt.Fprintf(c.ErrOrStderr(), "\riteration %d, deviance %.10g ", iteration, deviance)
				}
				defer fmt.Fprint(c.ErrOrStderr(), "\r\033[K")
			}
			fit, err := trade.FitPPML(c.Context(), m, o)
			if err != nil {
				return fmt.Errorf("%s: %w", a[0], err)
			}
			if fit.Coefficients == nil {
				fit.Coefficients = []trade.Coefficient{}
			}
			if fit.Dropped == nil {
				fit.Dropped = []trade.Dropped{}
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), fitted{fit, missing})
			}
			t := newTable(f.Text, "regressor", "estimate", "std. error", "z")
			for _, x := range fit.Coefficients {
				t.AppendRow(table.Row{x.Name, fmt.Sprintf("%.6f", x.Estimate), fmt.Sprintf("%.6f", x.StdError), fmt.Sprintf("%.2f", x.Estimate/x.StdError)})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			if fit.Corrected != nil {
				t := newTable("\nFreed of the bias of order 1/N; errors clustered by pair", "regressor", "estimate", "std. error", "z")
				for _, x := range fit.Corrected {
					t.AppendRow(table.Row{x.Name, fmt.Sprintf("%.6f", x.Estimate), fmt.Sprintf("%.6f", x.StdError), fmt.Sprintf("%.2f", x.Estimate/x.StdError)})
				}
				fmt.Fprintln(c.OutOrStdout(), t.Render())
			}
			for _, d := range fit.Dropped {
				fmt.Fprintf(c.OutOrStdout(), "%s was dropped: %s\n", d.Name, d.Reason)
			}
			fmt.Fprintf(c.OutOrStdout(), "%s rows used, %s separated, %s, %s missing; deviance %.8g; standard errors %s; %d iterations in %.2f s\n",
				grouped(float64(fit.Used)), grouped(float64(fit.Separated)), plural(fit.Singletons, "singleton"), grouped(float64(missing)), fit.Deviance, fit.SE, fit.Iterations, fit.SolveS)
			return nil
		},
	}
	c.Flags().StringVar(&formula, "formula", "", "what is explained ~ by what | fixed effects")
	c.MarkFlagRequired("formula")
	c.Flags().StringVar(&cluster, "cluster", "", "columns of the cluster joined by ^; two ways joined by +")
	c.Flags().StringVar(&se, "se", "", "standard errors: iid, hc1 or cluster (none: hc1, or cluster where --cluster is given)")
	c.Flags().StringVar(&o.Family, "family", trade.PPML, "ppml, gamma, negbin, or ols (of the outcome as it stands: take log(trade))")
	c.Flags().BoolVar(&o.CorrectBias, "correct-bias", false, "of three-way models: also estimates and standard errors freed of their bias of order 1/N (Weidner and Zylkin 2021)")
	c.Flags().StringVar(&weights, "weights", "", "column of weights")
	c.Flags().StringVar(&offset, "offset", "", "column added to the linear predictor")
	c.Flags().Float64Var(&o.Tolerance, "tolerance", 1e-12, "relative change of the deviance to stop at")
	c.Flags().IntVar(&o.MaxIterations, "max-iterations", 200, "iterations after which it is given up")
	c.Flags().IntVar(&o.Workers, "workers", 0, "workers (0: one a core); the result does not depend on it")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

func readFrame(path string) (*trade.Frame, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := trade.ReadFrame(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// counterfactual is what counterfactual prints, by country: changes in percent.
type counterfactual struct {
	RealOutput  map[string]float64 `json:"real_output"`
	Welfare     map[string]float64 `json:"welfare"`
	Price       map[string]float64 `json:"price"`
	Exports     map[string]float64 `json:"exports"`
	Imports     map[string]float64 `json:"imports"`
	IMR         map[string]float64 `json:"imr"`
	OMR         map[string]float64 `json:"omr"`
	Conditional struct {
		Exports  map[string]float64 `json:"exports"`
		Imports  map[string]float64 `json:"imports"`
		IMR      map[string]float64 `json:"imr"`
		OMR      map[string]float64 `json:"omr"`
		Residual float64            `json:"residual"`
	} `json:"conditional"`
	Residual float64      `json:"residual"`
	Draws    *drawsSpread `json:"draws,omitempty"`
}

// drawsSpread is the spread over draws of the coefficients, changes in percent by
// country.
type drawsSpread struct {
	Draws      int                  `json:"draws"`
	Failed     int                  `json:"failed"`
	RealOutput map[string][]float64 `json:"real_output_95"` // [low, high]
	Welfare    map[string][]float64 `json:"welfare_95"`
	Exports    map[string][]float64 `json:"exports_95"`
	Imports    map[string][]float64 `json:"imports_95"`
}

func gravityCounterfactualCommand() *cobra.Command {
	var path string
	var sigma float64
	var shock trade.Shock
	var coefficients, errorsOf []string
	var draws, workers int
	var seed uint64
	var sector string
	var sigmas []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "counterfactual",
		Short: "What a change of trade costs does to trade, prices and welfare",
		Long: `Works the general equilibrium of one-sector structural gravity out in exact hat algebra, for one year of trade between
countries, own sales included. t^(1-sigma) changes by exp(coefficient x (counterfactual - baseline)). "full": every
country makes as much as before and prices clear markets, world nominal output held; "conditional": output and
expenditure held too. With --draws, ranges over coefficients drawn from their estimate. All figures are changes in percent.

Exit status: 0 done, 1 not done (also where no equilibrium is found), 64 a flag cannot be used.`,
		Example: "  karvan gravity counterfactual --data pairs.csv --sigma 5 --baseline rta --counterfactual rta_cfl --coefficient rta=0.5",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			values, err := namedNumbers("--coefficient", coefficients)
			if err != nil {
				return err
			}
			coefficient, ok := values[shock.Baseline]
			if !ok {
				return exit{statusUsage, fmt.Errorf("there is no coefficient of %s: give --coefficient %s=…", shock.Baseline, shock.Baseline)}
			}
			if len(values) > 1 {
				return exit{statusUsage, fmt.Errorf("--coefficient: that of %s alone is used; give one", shock.Baseline)}
			}
			deviations, err := namedNumbers("--std-error", errorsOf)
			if err != nil {
				return err
			}
			deviation, ok := deviations[shock.Baseline]
			if draws > 0 && (!ok || !(deviation > 0)) {
				return exit{statusUsage, fmt.Errorf("--draws needs the standard error of the coefficient: give --std-error %s=…, more than 0", shock.Baseline)}
			}
			data, err := readFrame(path)
			if err != nil {
				return err
			}
			if sector != "" {
				if draws > 0 {
					return exit{statusUsage, fmt.Errorf("--draws is for one sector")}
				}
				own, err := namedNumbers("--sigma-of", sigmas)
				if err != nil {
					return err
				}
				used := map[string]bool{}
				countries, list, err := trade.SectorsOf(data, shock, sector, coefficient, func(name string) (float64, error) {
					if v, ok := own[name]; ok {
						used[name] = true
						return v, nil
					}
					return sigma, nil
				})
				if err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
				for name := range own {
					if !used[name] {
						return exit{statusUsage, fmt.Errorf("--sigma-of %s: the table has no such sector", name)}
					}
				}
				return printSectors(c, countries, list, asJSON)
			}
			w, difference, err := trade.WorldOf(data, shock)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			change := trade.Change(difference, coefficient)
			full, err := trade.Counterfactual(w, sigma, change)
			if err != nil {
				return err
			}
			held, err := trade.Conditional(w, sigma, change)
			if err != nil {
				return err
			}
			out := counterfactual{Residual: full.Residual}
			percent := func(values []float64) map[string]float64 {
				m := map[string]float64{}
				for i, v := range values {
					m[w.Countries[i]] = 100 * (v - 1)
				}
				return m
			}
			out.RealOutput, out.Welfare, out.Price, out.Exports, out.Imports = percent(full.RealOutput), percent(full.Welfare), percent(full.Price), percent(full.Exports), percent(full.Imports)
			out.IMR, out.OMR = percent(full.Cost), percent(full.Outward)
			out.Conditional.Exports, out.Conditional.Imports, out.Conditional.IMR, out.Conditional.OMR = percent(held.Exports), percent(held.Imports), percent(held.Cost), percent(held.Outward)
			out.Conditional.Residual = held.Residual
			if draws > 0 {
				spread, err := trade.DrawCounterfactuals(c.Context(), w, sigma, [][]float64{difference}, []float64{coefficient}, mat.NewSymDense(1, []float64{deviation * deviation}), draws, seed, workers)
				if err != nil {
					return err
				}
				within := func(list []trade.Range) map[string][]float64 {
					m := map[string][]float64{}
					for i, r := range list {
						m[w.Countries[i]] = []float64{100 * (r.Low95 - 1), 100 * (r.High95 - 1)}
					}
					return m
				}
				out.Draws = &drawsSpread{spread.Draws, spread.Failed, within(spread.RealOutput), within(spread.Welfare), within(spread.Exports), within(spread.Imports)}
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), out)
			}
			order := append([]string(nil), w.Countries...)
			sort.SliceStable(order, func(i, j int) bool { return out.RealOutput[order[i]] > out.RealOutput[order[j]] })
			t := newTable("Changes in percent, by real output", "country", "real output", "95 % of draws", "welfare", "price", "exports", "imports", "exports, output held")
			for _, k := range order {
				drawn := ""
				if out.Draws != nil {
					drawn = inPercent(out.Draws.RealOutput[k][0]) + " to " + inPercent(out.Draws.RealOutput[k][1])
				}
				t.AppendRow(table.Row{k, inPercent(out.RealOutput[k]), drawn, inPercent(out.Welfare[k]), inPercent(out.Price[k]), inPercent(out.Exports[k]), inPercent(out.Imports[k]), inPercent(out.Conditional.Exports[k])})
			}
			fmt.Fprintln(c.OutOrStdout(), t.Render())
			fmt.Fprintf(c.OutOrStdout(), "markets clear to %.1e\n", full.Residual)
			return nil
		},
	}
	c.Flags().StringVar(&path, "data", "", "table of pairs: exporter, importer, trade, and the variables")
	c.Flags().Float64Var(&sigma, "sigma", 5, "elasticity of substitution, more than 1")
	c.Flags().StringVar(&shock.Baseline, "baseline", "", "column of the variable as it is")
	c.Flags().StringVar(&shock.Counterfactual, "counterfactual", "", "column of the variable as it would be")
	c.Flags().StringSliceVar(&coefficients, "coefficient", nil, "coefficient of the variable, as rta=0.5")
	c.Flags().StringVar(&sector, "sector", "", "column of sectors, for a table of several: one factor moves between them")
	c.Flags().StringSliceVar(&sigmas, "sigma-of", nil, "elasticity of one sector, as food=4 (others: --sigma)")
	c.Flags().StringSliceVar(&errorsOf, "std-error", nil, "standard error of the coefficient, as rta=0.05, for --draws")
	c.Flags().IntVar(&draws, "draws", 0, "draws of the coefficient, for ranges (0: none)")
	c.Flags().Uint64Var(&seed, "seed", 1, "of the draws")
	c.Flags().IntVar(&workers, "workers", 0, "workers (0: one a core); the result does not depend on it")
	c.Flags().StringVar(&shock.Exporter, "exporter", "exporter", "column of sellers")
	c.Flags().StringVar(&shock.Importer, "importer", "importer", "column of buyers")
	c.Flags().StringVar(&shock.Value, "value", "trade", "column of values")
	for _, name := range []string{"data", "baseline", "counterfactual", "coefficient"} {
		c.MarkFlagRequired(name)
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// sectorsOut is what counterfactual prints of several sectors, changes in percent.
type sectorsOut struct {
	RealOutput map[string]float64            `json:"real_output"`
	Welfare    map[string]float64            `json:"welfare"`
	Price      map[string]float64            `json:"price"`
	Exports    map[string]float64            `json:"exports"`
	Imports    map[string]float64            `json:"imports"`
	IMR        map[string]float64            `json:"imr"`
	SectorIMR  map[string]map[string]float64 `json:"sector_imr"`
	Residual   float64                       `json:"residual"`
}

func printSectors(c *cobra.Command, countries []string, list []trade.Sector, asJSON bool) error {
	e, err := trade.CounterfactualSectors(countries, list)
	if err != nil {
		return err
	}
	percent := func(values []float64) map[string]float64 {
		m := map[string]float64{}
		for i, v := range values {
			m[countries[i]] = 100 * (v - 1)
		}
		return m
	}
	out := sectorsOut{percent(e.RealOutput), percent(e.Welfare), percent(e.Price), percent(e.Exports), percent(e.Imports), percent(e.Cost), map[string]map[string]float64{}, e.Residual}
	for q := range list {
		out.SectorIMR[list[q].Name] = percent(e.SectorCost[q])
	}
	if asJSON {
		return printJSON(c.OutOrStdout(), out)
	}
	order := append([]string(nil), countries...)
	sort.SliceStable(order, func(i, j int) bool { return out.Welfare[order[i]] > out.Welfare[order[j]] })
	t := newTable(fmt.Sprintf("Changes in percent, %d sectors, by welfare", len(list)), "country", "real output", "welfare", "price", "exports", "imports")
	for _, k := range order {
		t.AppendRow(table.Row{k, inPercent(out.RealOutput[k]), inPercent(out.Welfare[k]), inPercent(out.Price[k]), inPercent(out.Exports[k]), inPercent(out.Imports[k])})
	}
	fmt.Fprintln(c.OutOrStdout(), t.Render())
	fmt.Fprintf(c.OutOrStdout(), "markets clear to %.1e\n", e.Residual)
	return nil
}

// namedNumbers reads a flag of name=number pairs.
func namedNumbers(flag string, list []string) (map[string]float64, error) {
	out := map[string]float64{}
	for _, x := range list {
		name, value, ok := strings.Cut(x, "=")
		v, err := strconv.ParseFloat(value, 64)
		if !ok || err != nil {
			return nil, exit{statusUsage, fmt.Errorf("%s %q: name=number was expected", flag, x)}
		}
		out[name] = v
	}
	return out, nil
}

func inPercent(v float64) string { return fmt.Sprintf("%+.4f", v) }
