package almanac

import (
	"context"
	"iter"
	"time"

	"google.golang.org/grpc"

	metricsv1 "almanac.dev/go/almanac/metrics/v1"
	registryv1 "almanac.dev/go/almanac/registry/v1"
	reportingv1 "almanac.dev/go/almanac/reporting/v1"
	snapshotv1 "almanac.dev/go/almanac/snapshot/v1"
)

const (
	firstPause = 100 * time.Millisecond
	// Longest silence of a watch that is alive: the server sends a checkpoint every ten seconds.
	silence = 30 * time.Second
)

// After starts a watch with what changed after a snapshot token.
func After(token string) *snapshotv1.WatchStart {
	return &snapshotv1.WatchStart{Start: &snapshotv1.WatchStart_AfterSnapshot{AfterSnapshot: token}}
}

// WatchRegistry follows the registry without end. A broken stream is opened again after what
// was delivered last, also over a restart of the server, until ctx ends or an error comes that
// asking again does not mend.
func (c *Client) WatchRegistry(
	ctx context.Context, request *registryv1.WatchChangesRequest,
) iter.Seq2[*registryv1.WatchChangesResponse, error] {
	open := func(ctx context.Context, start *snapshotv1.WatchStart) (grpc.ServerStreamingClient[registryv1.WatchChangesResponse], error) {
		return c.Registry.WatchChanges(ctx, &registryv1.WatchChangesRequest{Start: start, Kinds: request.GetKinds()})
	}
	return watch(ctx, request.GetStart(), open)
}

// WatchMetrics follows metrics, like WatchRegistry.
func (c *Client) WatchMetrics(
	ctx context.Context, request *metricsv1.WatchChangesRequest,
) iter.Seq2[*metricsv1.WatchChangesResponse, error] {
	open := func(ctx context.Context, start *snapshotv1.WatchStart) (grpc.ServerStreamingClient[metricsv1.WatchChangesResponse], error) {
		return c.Metrics.WatchChanges(ctx, &metricsv1.WatchChangesRequest{Start: start, Kinds: request.GetKinds()})
	}
	return watch(ctx, request.GetStart(), open)
}

// WatchReporting follows reporting, like WatchRegistry.
func (c *Client) WatchReporting(
	ctx context.Context, request *reportingv1.WatchChangesRequest,
) iter.Seq2[*reportingv1.WatchChangesResponse, error] {
	open := func(ctx context.Context, start *snapshotv1.WatchStart) (grpc.ServerStreamingClient[reportingv1.WatchChangesResponse], error) {
		return c.Reporting.WatchChanges(ctx, &reportingv1.WatchChangesRequest{Start: start, Kinds: request.GetKinds()})
	}
	return watch(ctx, request.GetStart(), open)
}

type opener[Response any] func(context.Context, *snapshotv1.WatchStart) (grpc.ServerStreamingClient[Response], error)

type resumable[Response any] interface {
	*Response
	GetResumeToken() string
}

func watch[Response any, P resumable[Response]](
	ctx context.Context, start *snapshotv1.WatchStart, open opener[Response],
) iter.Seq2[P, error] {
	return func(yield func(P, error) bool) {
		pause := firstPause
		for {
			err := follow(ctx, start, open, func(message P) bool {
				pause = firstPause
				start = &snapshotv1.WatchStart{
					Start: &snapshotv1.WatchStart_ResumeToken{ResumeToken: message.GetResumeToken()},
				}
				return yield(message, nil)
			})
			if err == nil {
				return
			}
			if !isAway(err) || ctx.Err() != nil {
				yield(nil, err)
				return
			}
			if err := sleep(ctx, pause); err != nil {
				yield(nil, err)
				return
			}
			pause = min(2*pause, 5*time.Second)
		}
	}
}

// follow reads one stream; nil when the reader wants no more.
func follow[Response any, P resumable[Response]](
	ctx context.Context, start *snapshotv1.WatchStart, open opener[Response], take func(P) bool,
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	alive := time.AfterFunc(silence, func() { cancel(errSilent) })
	defer alive.Stop()
	stream, err := open(ctx, start)
	for err == nil {
		var message *Response
		if message, err = stream.Recv(); err == nil {
			alive.Reset(silence)
			if !take(message) {
				return nil
			}
		}
	}
	if context.Cause(ctx) == errSilent {
		return errSilent
	}
	return err
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
