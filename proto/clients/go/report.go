package almanac

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	reportingv1 "almanac.dev/go/almanac/reporting/v1"
)

// WaitReport waits for a run and returns its report. progress, where given, hears how far it is.
// The run goes on when ctx ends: wait again by the name of the operation.
func (c *Client) WaitReport(
	ctx context.Context, operation *longrunningpb.Operation, progress func(*reportingv1.RunReportMetadata),
) (*reportingv1.Report, error) {
	for {
		metadata := &reportingv1.RunReportMetadata{}
		if progress != nil && operation.GetMetadata().UnmarshalTo(metadata) == nil {
			progress(metadata)
		}
		if operation.GetDone() {
			break
		}
		wait := &longrunningpb.WaitOperationRequest{
			Name:    operation.GetName(),
			Timeout: durationpb.New(time.Second),
		}
		next, err := c.Operations.WaitOperation(ctx, wait)
		switch {
		case err == nil:
			operation = next
		case !isAway(err):
			return nil, err
		default:
			if err := sleep(ctx, time.Second); err != nil {
				return nil, err
			}
		}
	}
	if failed := operation.GetError(); failed != nil {
		return nil, status.ErrorProto(failed)
	}
	response := &reportingv1.RunReportResponse{}
	if err := operation.GetResponse().UnmarshalTo(response); err != nil {
		return nil, err
	}
	return response.GetReport(), nil
}

// Download writes a file of a report. A broken download goes on where it broke; in the end the
// content has the digest that the report states, or an error comes.
func (c *Client) Download(ctx context.Context, artefact *reportingv1.Artefact, into io.Writer) error {
	digest := sha256.New()
	both := io.MultiWriter(into, digest)
	var written int64
	for pause := firstPause; written < artefact.GetSizeBytes(); {
		count, err := c.download(ctx, artefact.GetName(), written, both)
		written += count
		if err == nil || errors.Is(err, io.EOF) {
			break
		}
		if !isAway(err) {
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, 5*time.Second)
	}
	if found := "sha256:" + hex.EncodeToString(digest.Sum(nil)); found != artefact.GetDigest() {
		return fmt.Errorf("%s has the digest %s, not %s", artefact.GetName(), found, artefact.GetDigest())
	}
	return nil
}

func (c *Client) download(ctx context.Context, name string, offset int64, into io.Writer) (int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var written int64
	stream, err := c.Reporting.DownloadArtefact(ctx, &reportingv1.DownloadArtefactRequest{Name: name, Offset: offset})
	for err == nil {
		var piece *reportingv1.DownloadArtefactResponse
		if piece, err = stream.Recv(); err == nil {
			var count int
			count, err = into.Write(piece.GetChunk())
			written += int64(count)
		}
	}
	return written, err
}
