package almanac

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	metricsv1 "almanac.dev/go/almanac/metrics/v1"
)

// Ingest says what to take in: figures of one release.
type Ingest struct {
	// Open names the release and the ingest; with the same ingest id it goes on where it broke.
	Open *metricsv1.OpenIngest
	// SourceSeries that the rows refer to.
	SourceSeries []*metricsv1.SourceSeriesDeclaration
	// Batch returns the rows of batch 1, 2, …: the same rows whenever it is asked, and none
	// after the last.
	Batch func(sequence int64) []*metricsv1.ClaimInput
	// Unread counts rows of the release that could not be read: then nothing is withdrawn.
	Unread int64
	// Patience is how long a server may be away before the ingest is given up. Default: a minute.
	Patience time.Duration
}

// Ingested is what came of it.
type Ingested struct {
	// Counts of the whole ingest.
	Counts *metricsv1.IngestCounts
	// BadRows that were skipped, by their place over all batches sent by this call.
	BadRows []BadRow
	// Withheld: the release is COMPLETE, but nothing was withdrawn, since rows are missing.
	Withheld bool
	// Snapshot token that holds all of it.
	Snapshot string
}

// BadRow is a row that was skipped.
type BadRow struct {
	// Sequence of the batch.
	Sequence int64
	// Index of the row in the batch, from 0.
	Index int32
	// Err says what is wrong.
	Err *Error
}

// Run takes the figures in. After a break it opens again and sends what was not acknowledged.
func (i Ingest) Run(ctx context.Context, client metricsv1.MetricsServiceClient) (*Ingested, error) {
	done := &Ingested{}
	patience := i.Patience
	if patience == 0 {
		patience = time.Minute
	}
	lastProgress, pause := time.Now(), firstPause
	for {
		before := done.Snapshot
		err := i.attempt(ctx, client, done)
		if err == nil {
			return done, nil
		}
		if done.Snapshot != before {
			lastProgress, pause = time.Now(), firstPause
		}
		if !isAway(err) || time.Since(lastProgress) > patience {
			return nil, err
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
		pause = min(2*pause, 5*time.Second)
	}
}

func (i Ingest) attempt(ctx context.Context, client metricsv1.MetricsServiceClient, done *Ingested) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := client.IngestClaims(ctx)
	if err != nil {
		return err
	}
	// What Send answers after a break is io.EOF; the error itself comes from Recv.
	send := func(message *metricsv1.IngestClaimsRequest) error {
		if err := stream.Send(message); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return nil
	}
	receive := func() (*metricsv1.IngestClaimsResponse, error) {
		answer, err := stream.Recv()
		if err == nil {
			done.Snapshot = answer.GetSnapshot()
		}
		return answer, err
	}
	if err := send(&metricsv1.IngestClaimsRequest{Message: &metricsv1.IngestClaimsRequest_Open{Open: i.Open}}); err != nil {
		return err
	}
	answer, err := receive()
	if err != nil {
		return err
	}
	if answer.GetOpened().GetFinished() {
		done.Counts = answer.GetOpened().GetCounts()
		return nil
	}
	declare := &metricsv1.DeclareSourceSeries{SourceSeries: i.SourceSeries}
	if err := send(&metricsv1.IngestClaimsRequest{Message: &metricsv1.IngestClaimsRequest_Declare{Declare: declare}}); err != nil {
		return err
	}
	for sequence := answer.GetOpened().GetAcknowledgedThrough() + 1; ; sequence++ {
		rows := i.Batch(sequence)
		if len(rows) == 0 {
			break
		}
		batch := &metricsv1.ClaimBatch{Sequence: sequence, Claims: rows}
		if err := send(&metricsv1.IngestClaimsRequest{Message: &metricsv1.IngestClaimsRequest_Batch{Batch: batch}}); err != nil {
			return err
		}
		answer, err := receive()
		if err != nil {
			return err
		}
		for _, row := range answer.GetAcknowledged().GetRowErrors() {
			bad, _ := AsError(statusError(row.GetStatus()))
			done.BadRows = append(done.BadRows, BadRow{Sequence: sequence, Index: row.GetIndex(), Err: bad})
		}
	}
	finish := &metricsv1.FinishIngest{Unread: i.Unread}
	if err := send(&metricsv1.IngestClaimsRequest{Message: &metricsv1.IngestClaimsRequest_Finish{Finish: finish}}); err != nil {
		return err
	}
	if answer, err = receive(); err != nil {
		return err
	}
	if answer.GetFinished() == nil {
		return fmt.Errorf("the server answered the end of an ingest with %v", answer)
	}
	done.Counts, done.Withheld = answer.GetFinished().GetCounts(), answer.GetFinished().GetWithheld()
	return nil
}
