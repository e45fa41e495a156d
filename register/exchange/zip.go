package exchange

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
)

// checkZip refuses an archive that would unpack to too much, before anything
// is unpacked: by the sizes that it states, which the reader then enforces, and
// by a ratio that no table reaches.
func checkZip(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return errors.New("it is no .xlsx file")
	}
	if len(z.File) > 5000 {
		return fmt.Errorf("it holds %d files", len(z.File))
	}
	total := uint64(0)
	for _, f := range z.File {
		total += f.UncompressedSize64
		if total > MaxUnpackedBytes {
			return fmt.Errorf("it unpacks to more than %d MB", MaxUnpackedBytes>>20)
		}
		if f.UncompressedSize64 > 32<<20 && f.UncompressedSize64 > 300*max(1, f.CompressedSize64) {
			return fmt.Errorf("%s is packed %d times: a table is not", f.Name, f.UncompressedSize64/max(1, f.CompressedSize64))
		}
	}
	return nil
}
