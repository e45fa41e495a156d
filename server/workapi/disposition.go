package workapi

import "mime"

// disposition names a file that is kept: quoted, and in UTF-8 where it has to be.
func disposition(name string) string {
	if s := mime.FormatMediaType("attachment", map[string]string{"filename": name}); s != "" {
		return s
	}
	return "attachment"
}
