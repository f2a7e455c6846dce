package scenario

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
	"time"

	almanac "almanac.dev/go"
)

// What must come back; see scenario.json.
type expected struct {
	Pages struct {
		PageSize   int32 `json:"page_size"`
		Indicators []string
		Pages      int
	}
	ClaimSet struct {
		SeriesKey     seriesKey `json:"series_key"`
		Period        string
		State, Rule   string
		Spread        struct{ Lower, Upper string }
		SpreadPercent string `json:"spread_percent"`
		Numbers       []string
		Multiplier    int32
		Sources       []string
		Claims        []string
	} `json:"claim_set"`
	AsOf struct {
		SeriesKey seriesKey `json:"series_key"`
		Period    string
		AsOf      string `json:"as_of"`
		Number    string
		Release   string
		Vintages  []string
	} `json:"as_of"`
	Mismatch struct {
		SeriesOf seriesKey `json:"series_of"`
		Key      seriesKey
		Reason   string
	}
	Ingest struct {
		Release           string
		IngestID          string    `json:"ingest_id"`
		SeriesKey         seriesKey `json:"series_key"`
		Unit              string
		Rows              []struct{ Period, Number string }
		Written, Rejected int64
		BadRow            struct {
			Index         int32
			Reason, Field string
		} `json:"bad_row"`
		Entity struct{ ID, Kind, Name string }
	}
	Large struct {
		Daily struct {
			SeriesKey seriesKey `json:"series_key"`
			Figures   int
			Sum       string
			Last      struct{ Period, Number, Claim string }
		}
		Noted struct {
			SeriesKey     seriesKey `json:"series_key"`
			Period        string
			Claims, Notes int
		}
		AnswerBytes int32 `json:"answer_bytes"`
	}
	Watch  struct{ Before, After, Kind string }
	Report struct {
		Template, Title string
		Figures         int32
		Claims          []string
	}
	Errors struct {
		Period struct {
			failure
			Period, Field string
		}
		Entity struct {
			failure
			Name, Resource string
		}
		Method struct {
			failure
			Path string
		}
		Domain string
	}
}

type seriesKey = rawKey
type rawKey json.RawMessage

func (k *rawKey) UnmarshalJSON(text []byte) error {
	*k = append((*k)[:0], text...)
	return nil
}

type failure struct{ Code, Reason string }

// A server over a copy of the seeded data.
type server struct {
	address, data string
	process       *exec.Cmd
}

// start runs the binary of ALMANAC_BIN on a copy of the data in ALMANAC_SEED.
func start(t *testing.T) *server {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	address := listener.Addr().String()
	check(t, listener.Close())
	started := &server{address: address, data: t.TempDir()}
	check(t, os.CopyFS(started.data, os.DirFS(environment(t, "ALMANAC_SEED"))))
	started.run(t)
	t.Cleanup(func() { started.stop(t) })
	return started
}

func (s *server) run(t *testing.T) {
	program := environment(t, "ALMANAC_BIN")
	s.process = exec.Command(program, "--data-dir", s.data, "serve")
	s.process.Env = append(os.Environ(), "ALMANAC__LISTEN="+s.address)
	log, err := os.OpenFile(filepath.Join(s.data, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	check(t, err)
	s.process.Stdout, s.process.Stderr = log, log
	check(t, s.process.Start())
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if exec.Command(program, "health", "--server", "http://"+s.address).Run() == nil {
			return
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("the server does not serve:\n%s", text)
		}
	}
}

func (s *server) stop(t *testing.T) {
	check(t, s.process.Process.Signal(syscall.SIGTERM))
	check(t, s.process.Wait())
}

func (s *server) restart(t *testing.T) {
	s.stop(t)
	s.run(t)
}

func environment(t *testing.T, name string) string {
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set; run check.sh", name)
	}
	return value
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t *testing.T, found, want any) {
	t.Helper()
	if !reflect.DeepEqual(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
}

func within(t *testing.T, size int, most int32) {
	t.Helper()
	if size > int(most) {
		t.Errorf("an answer has %d bytes", size)
	}
}

// refused is what the contract says of the error that a call must end with.
func refused(t *testing.T, err error) *almanac.Error {
	t.Helper()
	failed, ok := almanac.AsError(err)
	if !ok {
		t.Fatalf("found %v, want an error of the contract", err)
	}
	return failed
}

// receive reads a stream to its end.
func receive[Message any](stream interface{ Recv() (Message, error) }) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			message, err := stream.Recv()
			if errors.Is(err, io.EOF) || !yield(message, err) || err != nil {
				return
			}
		}
	}
}
