//go:build linux

// Package pgtest gives tests a PostgreSQL of their own: a cluster in a temporary
// folder, on a free port of loopback, that ends with the tests.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/karvan/karvan/internal/check"
)

// Cluster is a PostgreSQL that this process has started.
type Cluster struct {
	Address string // of its database postgres
	folder  string
	port    string
	bin     string
	who     *syscall.Credential // nil: who runs the tests
	durable bool
	command *exec.Cmd
	ended   chan struct{}
}

var (
	mu     sync.Mutex
	shared *Cluster
	schema atomic.Int64
)

// Main runs the tests of a package and then stops the cluster that they used.
func Main(m *testing.M) int {
	defer func() {
		mu.Lock()
		defer mu.Unlock()
		if shared != nil {
			shared.Remove()
		}
	}()
	return m.Run()
}

// Address gives the address of an empty schema in the cluster that the tests of a
// package share. Where PostgreSQL is not installed the test is left out; with
// KARVAN_REQUIRE it fails.
func Address(t testing.TB) string {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if shared == nil {
		c, err := Start(false)
		if err != nil {
			check.Skip(t, "PostgreSQL could not be started (%v)", err)
		}
		shared = c
	}
	return shared.Schema(t)
}

// Schema makes an empty schema and gives its address.
func (c *Cluster) Schema(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("t%d", schema.Add(1))
	conn, err := pgx.Connect(context.Background(), c.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(c.Address)
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// binaries finds the folder of the programs.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("initdb was not found")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// Start makes a cluster and starts it. A durable one writes through to the disk,
// as a real one does; others are faster.
func Start(durable bool) (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	c := &Cluster{bin: bin, durable: durable}
	if c.folder, err = os.MkdirTemp("", "karvan-pg-"); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 { // initdb refuses root
		who, err := user.Lookup("postgres")
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(c.folder))
		}
		uid, _ := strconv.Atoi(who.Uid)
		gid, _ := strconv.Atoi(who.Gid)
		c.who = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(c.folder, uid, gid); err != nil {
			return nil, errors.Join(err, os.RemoveAll(c.folder))
		}
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(c.folder, "data"), "-U", "karvan", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = c.folder, &syscall.SysProcAttr{Credential: c.who}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(c.folder))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.folder))
	}
	c.port = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	c.Address = "postgres://karvan@127.0.0.1:" + c.port + "/postgres?sslmode=disable"
	if err := c.Restart(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(c.folder))
	}
	return c, nil
}

// Restart starts a cluster that is stopped, and waits until it answers.
func (c *Cluster) Restart() error {
	args := []string{"-D", filepath.Join(c.folder, "data"), "-p", c.port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + c.folder, "-c", "max_connections=200"}
	if !c.durable {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	started := make(chan error)
	c.ended = make(chan struct{})
	var log strings.Builder
	go func() {
		// The cluster is to end with this process, however it ends; the signal
		// comes when the thread that started it does, so this one is kept.
		runtime.LockOSThread()
		c.command = exec.Command(filepath.Join(c.bin, "postgres"), args...)
		c.command.Dir, c.command.Stderr = c.folder, &log
		c.command.SysProcAttr = &syscall.SysProcAttr{Credential: c.who, Pdeathsig: syscall.SIGQUIT}
		err := c.command.Start()
		started <- err
		if err == nil {
			c.command.Wait()
		}
		close(c.ended)
	}()
	if err := <-started; err != nil {
		return err
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		conn, err := pgx.Connect(context.Background(), c.Address)
		if err == nil {
			return conn.Close(context.Background())
		}
		select {
		case <-c.ended:
			return fmt.Errorf("postgres ended: %s", log.String())
		default:
		}
	}
	return errors.New("postgres did not answer within 30 s")
}

// Stop stops the cluster: at once as after a loss of power, or in order.
func (c *Cluster) Stop(atOnce bool) {
	signal := syscall.SIGINT
	if atOnce {
		signal = syscall.SIGQUIT
	}
	c.command.Process.Signal(signal)
	<-c.ended
}

// Remove stops the cluster and removes its folder.
func (c *Cluster) Remove() {
	c.Stop(true)
	os.RemoveAll(c.folder)
}
