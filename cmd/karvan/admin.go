package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/karvan/karvan/internal/sqldb"
	"github.com/karvan/karvan/policy"
	"github.com/karvan/karvan/store/accounts"
)

func adminCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "admin",
		Short: "Set a shared server up: its first administrator, accounts, roles, tokens",
		Long: `Who can read and write the database keeps its accounts. There is no account and no password to begin with: karvan admin setup
makes a code with which the first administrator signs in once; the administrator gives the role to somebody who signs
in with the issuer, and the set-up is over.`,
		Example: `  karvan admin setup --db register.db
  karvan admin accounts --db register.db
  karvan admin grant a-0123… editor --country AZ --db register.db
  karvan admin token a-0123… --scope read --scope propose --days 30 --db register.db`,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(adminSetupCommand(), adminAccountsCommand(), adminGrantCommand(false), adminGrantCommand(true), adminTokenCommand(), adminDisableCommand())
	return c
}

// withAccounts opens the accounts of a database for a command.
func withAccounts(c *cobra.Command, o *database, do func(*accounts.DB) error) error {
	err := o.open(c, func(db *sqldb.DB) error { return do(accounts.New(db, nil)) })
	if errors.Is(err, accounts.ErrNotFound) {
		return errors.New("there is no such account; karvan admin accounts lists them")
	}
	return err
}

// commandLine is who acts by a command.
const commandLine = "command line"

func adminSetupCommand() *cobra.Command {
	var o database
	c := &cobra.Command{
		Use:     "setup",
		Short:   "Make a code for the first sign-in of an administrator",
		Long:    "Prints a code that holds for an hour and one sign-in, at /en/work/setup. There is none once an administrator signs in with the\nissuer.\n\nExit status: 0 done, 1 not done.",
		Example: "  karvan admin setup --db register.db",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			return withAccounts(c, &o, func(db *accounts.DB) error {
				code, err := db.SetupCode(c.Context())
				if err != nil {
					return err
				}
				fmt.Fprintln(c.OutOrStdout(), code)
				fmt.Fprintln(c.ErrOrStderr(), "enter it at /en/work/setup within an hour; it holds once")
				return nil
			})
		},
	}
	o.flags(c)
	return c
}

func adminAccountsCommand() *cobra.Command {
	var o database
	var asJSON bool
	c := &cobra.Command{
		Use:     "accounts",
		Short:   "List accounts and their roles",
		Long:    "Lists who has signed in, the last seen first.\n\nExit status: 0 done, 1 not done.",
		Example: "  karvan admin accounts --db register.db --json",
		Args:    args(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			return withAccounts(c, &o, func(db *accounts.DB) error {
				list, err := db.List(c.Context())
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(c.OutOrStdout(), list)
				}
				for _, a := range list {
					var roles []string
					for _, g := range a.Grants {
						roles = append(roles, g.String())
					}
					state := strings.Join(roles, ", ")
					if a.Disabled {
						state = "disabled"
					}
					fmt.Fprintf(c.OutOrStdout(), "%s  %-28s %-40s %s\n", a.ID, short(a.Name, 28), short(a.Issuer+" "+a.Subject, 40), state)
				}
				return nil
			})
		},
	}
	o.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print them as JSON")
	return c
}

func adminGrantCommand(revoke bool) *cobra.Command {
	var o database
	var g policy.Grant
	verb, what := "grant", "Give an account a role"
	if revoke {
		verb, what = "revoke", "Take a role from an account"
	}
	c := &cobra.Command{
		Use:     verb + " ACCOUNT ROLE",
		Short:   what,
		Long:    what + ": company (for its organisation), contributor, editor and publisher (for a country or a programme, or all),\nauditor, administrator.\n\nExit status: 0 done, 1 not done.",
		Example: "  karvan admin " + verb + " a-0123… editor --country AZ --db register.db",
		Args:    args(2, 2, "an account and a role"),
		RunE: func(c *cobra.Command, a []string) error {
			g.Role = policy.Role(a[1])
			return withAccounts(c, &o, func(db *accounts.DB) error {
				do := db.Grant
				if revoke {
					do = db.Revoke
				}
				if err := do(c.Context(), commandLine, a[0], g); err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "%s: %s %s\n", a[0], map[bool]string{false: "given", true: "taken"}[revoke], g)
				return nil
			})
		},
	}
	o.flags(c)
	c.Flags().StringVar(&g.Country, "country", "", "only for a country (ISO 3166-1 alpha-2)")
	c.Flags().StringVar(&g.Programme, "programme", "", "only for a programme, by its id")
	c.Flags().StringVar(&g.Organisation, "organisation", "", "of a company: its organisation, by its id")
	return c
}

func adminTokenCommand() *cobra.Command {
	var o database
	var scopes []string
	var name string
	var days int
	c := &cobra.Command{
		Use:     "token ACCOUNT",
		Short:   "Make a token with which a program acts for an account",
		Long:    "Prints a token once; it is kept as a hash only. Scopes: read, propose, review, publish, admin. It may never do more than its\naccount.\n\nExit status: 0 done, 1 not done.",
		Example: "  karvan admin token a-0123… --scope read --days 30 --db register.db",
		Args:    args(1, 1, "an account"),
		RunE: func(c *cobra.Command, a []string) error {
			return withAccounts(c, &o, func(db *accounts.DB) error {
				t, secret, err := db.CreateToken(c.Context(), commandLine, a[0], name, scopes, time.Duration(days)*24*time.Hour)
				if err != nil {
					return err
				}
				fmt.Fprintln(c.OutOrStdout(), secret)
				fmt.Fprintf(c.ErrOrStderr(), "%s, until %s\n", strings.Join(t.Scopes, ", "), t.Expires)
				return nil
			})
		},
	}
	o.flags(c)
	c.Flags().StringArrayVar(&scopes, "scope", []string{"read"}, "what it is for; may be repeated")
	c.Flags().StringVar(&name, "name", "command line", "what people see of it")
	c.Flags().IntVar(&days, "days", 30, "how long it holds, at most 366")
	return c
}

func adminDisableCommand() *cobra.Command {
	var o database
	var enable bool
	c := &cobra.Command{
		Use:     "disable ACCOUNT",
		Short:   "End an account with its sessions and tokens",
		Long:    "Ends an account at once; --enable lets it sign in again.\n\nExit status: 0 done, 1 not done.",
		Example: "  karvan admin disable a-0123… --db register.db",
		Args:    args(1, 1, "an account"),
		RunE: func(c *cobra.Command, a []string) error {
			return withAccounts(c, &o, func(db *accounts.DB) error {
				if err := db.Disable(c.Context(), commandLine, a[0], !enable); err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", a[0], map[bool]string{false: "disabled", true: "enabled"}[enable])
				return nil
			})
		},
	}
	o.flags(c)
	c.Flags().BoolVar(&enable, "enable", false, "let it sign in again")
	return c
}
