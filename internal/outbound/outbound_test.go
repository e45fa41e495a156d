package outbound_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/karvan/karvan/internal/outbound"
)

func TestPrivateAddressesAreRefused(t *testing.T) {
	for _, address := range []string{"127.0.0.1:80", "10.1.2.3:80", "172.16.0.1:80", "192.168.1.1:80", "169.254.169.254:80", "0.0.0.0:80", "100.64.0.1:80", "[::1]:80", "[fe80::1]:80", "[fc00::1]:80",
		"[::ffff:127.0.0.1]:80", "[::ffff:10.0.0.1]:80", "[64:ff9b::7f00:1]:80", "[2002:7f00:1::]:80", "224.0.0.1:80", "255.255.255.255:80", "x:80"} {
		if err := outbound.Check(address); !errors.Is(err, outbound.ErrPrivate) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"8.8.8.8:443", "[2606:4700::1111]:443"} {
		if err := outbound.Check(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// Neither a name nor a redirect leads to a private address.
func TestClient(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("secret")) }))
	defer inside.Close()
	for _, address := range []string{inside.URL, "http://localhost:" + inside.URL[len("http://127.0.0.1:"):], "file:///etc/passwd", "gopher://127.0.0.1/"} {
		res, err := outbound.Client(false).Get(address)
		if err == nil {
			res.Body.Close()
			t.Errorf("%s was reached", address)
		}
	}
	res, err := outbound.Client(true).Get(inside.URL)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
}
