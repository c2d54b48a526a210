package launch

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
)

func launch(t *testing.T, l Launcher) Worker {
	t.Helper()
	w, err := l.Launch(t.Context(), 7, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Kill()
		io.Copy(io.Discard, w)
		w.Wait()
	})
	return w
}

// Both launchers give the same worker, as far as the seam shows it.
func TestSeam(t *testing.T) {
	launchers := map[string]Launcher{
		"process": Exec{Path: "cat", Args: []string{}},
		"goroutine": InProcess{Serve: func(_ context.Context, in io.Reader, out io.Writer) error {
			_, err := io.Copy(out, in)
			return err
		}},
	}
	for name, launcher := range launchers {
		t.Run(name+"/stop", func(t *testing.T) {
			w := launch(t, launcher)
			if w.Pid() <= 0 {
				t.Errorf("pid %d", w.Pid())
			}
			io.WriteString(w, "hello\n")
			if err := w.CloseWrite(); err != nil {
				t.Error(err)
			}
			if got, err := io.ReadAll(w); string(got) != "hello\n" || err != nil {
				t.Errorf("read %q, %v", got, err)
			}
			if e := w.Wait(); !e.Success() {
				t.Error(e)
			}
			if _, err := io.WriteString(w, "more"); err == nil {
				t.Error("write after the end: no error")
			}
			if n, err := w.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("read after the end: %d, %v", n, err)
			}
			if err := errors.Join(w.CloseWrite(), w.Terminate(), w.Kill(), w.Kill()); err != nil {
				t.Errorf("after the end: %v", err)
			}
		})
		t.Run(name+"/kill", func(t *testing.T) {
			w := launch(t, launcher)
			if err := w.Kill(); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(w); len(got) > 0 || err != nil {
				t.Errorf("read %q, %v", got, err)
			}
			if e := w.Wait(); e.Success() {
				t.Error("killed, and yet a success")
			}
		})
		t.Run(name+"/launch", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			w, err := launcher.Launch(ctx, 1, 0)
			if err != nil {
				t.Fatal(err)
			}
			cancel() // too late: it lives
			io.WriteString(w, "x")
			if n, err := w.Read(make([]byte, 1)); n != 1 || err != nil {
				t.Errorf("read %d, %v", n, err)
			}
			w.CloseWrite()
			io.Copy(io.Discard, w)
			w.Wait()

			if w, err := launcher.Launch(ctx, 1, 0); w != nil || !errors.Is(err, context.Canceled) {
				t.Errorf("launch under a canceled context = %v, %v", w, err)
			}
		})
	}
}

func TestExecThisProgram(t *testing.T) {
	t.Setenv("LAUNCH_TEST_WORKER", "1")
	t.Setenv("DB_PASSWORD", "secret")
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		launcher Launcher
		argv     string
	}{
		"alone":    {Exec{Env: []string{"GOMAXPROCS=1"}}, "muster worker"},
		"args":     {Exec{Env: []string{"GOMAXPROCS=1"}, Args: []string{"a", "b"}}, "muster a b"},
		"path":     {Exec{Env: []string{"GOMAXPROCS=1"}, Path: self}, self + " worker"},
		"prefixed": {Behind{Command: func(id, place int) []string { return []string{"env", "GOMAXPROCS=1"} }}, self + " worker"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := launch(t, tt.launcher)
			w.CloseWrite()
			got, err := io.ReadAll(w)
			want := tt.argv + "\nGOTRACEBACK=single\nGOMAXPROCS=1\nDB_PASSWORD=\n"
			if string(got) != want || err != nil {
				t.Errorf("worker says %q, want %q; %v", got, want, err)
			}
			if e := w.Wait(); e.Code != 3 {
				t.Error(e)
			}
		})
	}
}

func TestExecNoProgram(t *testing.T) {
	for _, l := range []Launcher{Exec{Path: "/none/muster"}, Behind{Command: func(id, place int) []string { return []string{"no-such-launcher"} }}} {
		w, err := l.Launch(t.Context(), 7, 2)
		if w != nil || !errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "not found") {
			t.Errorf("%+v: %v, %v", l, w, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "worker 7 start: ") {
			t.Error(err)
		}
	}
}

func TestWorkerEnv(t *testing.T) {
	kept := []string{"PATH=/bin", "HOME=/root", "SSH_AUTH_SOCK=/s", "MUSTER_CONFIG=/c", "COMPASS=north", "PWD=/", "OLDPWD=/home", "MONKEY=x", "PASS_COUNT=3", "EMPTY=", "ODD"}
	secrets := []string{
		"PASSWORD=x", "db_password=x", "PGPASSWORD=x", "MYSQL_PASSWD=x", "KEY_PASSPHRASE=x",
		"AWS_SECRET_ACCESS_KEY=x", "GITHUB_TOKEN=x", "MUSTER_PASS=x", "MUSTER_SSHPASS=x",
		"SSHPASS=x", "sshpass=x", "DB_PASS=x", "db_pwd=x", "OPENAI_API_KEY=x", "api_key=x", "DD_APIKEY=x", "APIKEYS=x",
	}
	got := WorkerEnv(slices.Concat(secrets, kept))
	if want := append(kept, "GOTRACEBACK=single"); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}
