// Package scenario plays the scenario that all clients play against a server of its own.
package scenario

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/apd/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	almanac "almanac.dev/go"
	figurev1 "almanac.dev/go/almanac/figure/v1"
	metricsv1 "almanac.dev/go/almanac/metrics/v1"
	registryv1 "almanac.dev/go/almanac/registry/v1"
	reportingv1 "almanac.dev/go/almanac/reporting/v1"
	serverv1 "almanac.dev/go/almanac/server/v1"
)

func TestScenario(t *testing.T) {
	server := start(t)
	client, err := almanac.New(server.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(t, err)
	t.Cleanup(func() { check(t, client.Close()) })
	play := player{client: client, server: server, expected: expectations(t)}
	t.Run("pages", play.pages)
	t.Run("claim set", play.claimSet)
	t.Run("as of", play.asOf)
	t.Run("name and key", play.mismatch)
	t.Run("large answers", play.largeAnswers)
	t.Run("cursor", play.cursor)
	t.Run("ingest", play.ingest)
	t.Run("watch", play.watch)
	t.Run("report", play.report)
	t.Run("errors", play.errors)
}

type player struct {
	client   *almanac.Client
	server   *server
	expected expected
}

func (p player) pages(t *testing.T) {
	request := &metricsv1.ListIndicatorsRequest{PageSize: p.expected.Pages.PageSize}
	var names []string
	count := 0
	for page, err := range almanac.Pages(t.Context(), p.client.Metrics.ListIndicators, request) {
		check(t, err)
		count++
		for _, indicator := range page.GetIndicators() {
			names = append(names, indicator.GetName())
		}
	}
	equal(t, names, p.expected.Pages.Indicators)
	equal(t, count, p.expected.Pages.Pages)
}

func (p player) claimSet(t *testing.T) {
	want := p.expected.ClaimSet
	answer, err := p.client.Metrics.GetClaimSet(t.Context(), &metricsv1.GetClaimSetRequest{
		SeriesKey: want.SeriesKey.key(), Period: want.Period,
	})
	check(t, err)
	set := answer.GetClaimSet()
	equal(t, set.GetState().String(), want.State)
	equal(t, set.GetRule().GetReason().String(), want.Rule)
	equal(t, set.GetSpreadPercent(), want.SpreadPercent)
	spread, err := almanac.IntervalOf(set.GetSpread())
	check(t, err)
	equal(t, spread.Lower.Text('f'), want.Spread.Lower)
	equal(t, spread.Upper.Text('f'), want.Spread.Upper)
	var numbers, sources, claims []string
	for _, claim := range set.GetClaims() {
		numbers = append(numbers, claim.GetQuantity().GetNumber())
		sources = append(sources, claim.GetProvenance().GetSource())
		claims = append(claims, claim.GetName())
		equal(t, claim.GetQuantity().GetMultiplier(), want.Multiplier)
		named := almanac.ClaimName(claim.GetSourceSeries(), want.Period, claim.GetRelease(), claim.GetOrdinal())
		equal(t, claim.GetName(), named)
	}
	equal(t, numbers, want.Numbers)
	equal(t, sources, want.Sources)
	equal(t, claims, want.Claims)
}

func (p player) asOf(t *testing.T) {
	want := p.expected.AsOf
	when, err := time.Parse(time.RFC3339, want.AsOf)
	check(t, err)
	answer, err := p.client.Metrics.GetClaimSet(t.Context(), &metricsv1.GetClaimSetRequest{
		SeriesKey: want.SeriesKey.key(), Period: want.Period, AsOf: timestamppb.New(when),
	})
	check(t, err)
	claim := answer.GetClaimSet().GetClaims()[0]
	equal(t, claim.GetQuantity().GetNumber(), want.Number)
	equal(t, claim.GetRelease(), want.Release)
	request := &metricsv1.ListClaimVintagesRequest{
		SeriesKey: want.SeriesKey.key(), Period: want.Period, PageSize: 1,
	}
	var vintages []string
	for claim, err := range almanac.Items(t.Context(), p.client.Metrics.ListClaimVintages, request, (*metricsv1.ListClaimVintagesResponse).GetClaims) {
		check(t, err)
		vintages = append(vintages, claim.GetQuantity().GetNumber())
	}
	equal(t, vintages, want.Vintages)
}

func (p player) mismatch(t *testing.T) {
	want := p.expected.Mismatch
	found, err := p.client.Metrics.GetSeries(t.Context(), &metricsv1.GetSeriesRequest{Key: want.SeriesOf.key()})
	check(t, err)
	_, err = p.client.Metrics.GetSeries(t.Context(), &metricsv1.GetSeriesRequest{
		Name: found.GetData().GetSeries().GetName(), Key: want.Key.key(),
	})
	equal(t, refused(t, err).Reason.String(), "ERROR_REASON_"+want.Reason)
}

func (p player) largeAnswers(t *testing.T) {
	info, err := p.client.Server.GetServerInfo(t.Context(), &serverv1.GetServerInfoRequest{})
	check(t, err)
	equal(t, info.GetLimits().GetAnswerBytes(), p.expected.Large.AnswerBytes)
	want := p.expected.Large.Daily
	for _, view := range []metricsv1.SeriesView{metricsv1.SeriesView_SERIES_VIEW_CLAIMS, metricsv1.SeriesView_SERIES_VIEW_PACKED} {
		request := &metricsv1.GetSeriesRequest{Key: want.SeriesKey.key(), View: view}
		sum, last, count := new(apd.Decimal), almanac.Figure{}, 0
		exact := apd.BaseContext.WithPrecision(60)
		for page, err := range almanac.Pages(t.Context(), p.client.Metrics.GetSeries, request) {
			check(t, err)
			within(t, proto.Size(page), p.expected.Large.AnswerBytes)
			for figure := range almanac.Figures(page.GetData()) {
				number, err := figure.Value()
				check(t, err)
				_, err = exact.Add(sum, sum, number)
				check(t, err)
				last = figure
				count++
			}
		}
		equal(t, count, want.Figures)
		equal(t, sum.Text('f'), want.Sum)
		equal(t, last.Period, want.Last.Period)
		equal(t, last.Quantity.GetNumber(), want.Last.Number)
		equal(t, last.Claim, want.Last.Claim)
	}
	noted := p.expected.Large.Noted
	request := &metricsv1.GetClaimSetRequest{SeriesKey: noted.SeriesKey.key(), Period: noted.Period}
	claims, notes := 0, 0
	for page, err := range almanac.Pages(t.Context(), p.client.Metrics.GetClaimSet, request) {
		check(t, err)
		within(t, proto.Size(page), p.expected.Large.AnswerBytes)
		equal(t, int(page.GetClaimSet().GetClaimCount()), noted.Claims)
		for _, claim := range page.GetClaimSet().GetClaims() {
			claims++
			notes += len(claim.GetText().GetNotes())
		}
	}
	equal(t, claims, noted.Claims)
	equal(t, notes, noted.Claims*noted.Notes)
}

func (p player) cursor(t *testing.T) {
	whole := p.stream(t, "", 0)
	first := p.stream(t, "", 1)
	rest := p.stream(t, first.cursor, 0)
	equal(t, append(first.claims, rest.claims...), whole.claims)
}

type streamed struct {
	claims []string
	cursor string
}

// stream reads the stream of all series after cursor, at most so many messages of it.
func (p player) stream(t *testing.T, cursor string, messages int) streamed {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := p.client.Metrics.StreamSeries(ctx, &metricsv1.StreamSeriesRequest{Cursor: cursor})
	check(t, err)
	var read streamed
	for message, err := range receive(stream) {
		check(t, err)
		within(t, proto.Size(message), p.expected.Large.AnswerBytes)
		for _, data := range message.GetSeries() {
			for figure := range almanac.Figures(data) {
				read.claims = append(read.claims, figure.Claim)
			}
		}
		read.cursor = message.GetCursor()
		if messages--; messages == 0 {
			break
		}
	}
	return read
}

func (p player) ingest(t *testing.T) {
	want := p.expected.Ingest
	var rows []*metricsv1.ClaimInput
	for _, row := range want.Rows {
		rows = append(rows, &metricsv1.ClaimInput{
			SourceSeries: 1,
			Period:       &figurev1.Period{Code: row.Period},
			Quantity:     almanac.Number(row.Number),
		})
	}
	ingest := almanac.Ingest{
		Open: &metricsv1.OpenIngest{
			Release: want.Release, IngestId: want.IngestID, OnError: figurev1.OnError_ON_ERROR_SKIP_ROWS,
		},
		SourceSeries: []*metricsv1.SourceSeriesDeclaration{{
			SourceSeries: 1, Series: want.SeriesKey.key(), Provenance: &metricsv1.Provenance{Unit: want.Unit},
		}},
		Batch: func(sequence int64) []*metricsv1.ClaimInput {
			if sequence == 1 {
				return rows
			}
			return nil
		},
	}
	done, err := ingest.Run(t.Context(), p.client.Metrics)
	check(t, err)
	equal(t, done.Counts.GetWritten(), want.Written)
	equal(t, done.Counts.GetRejected(), want.Rejected)
	equal(t, len(done.BadRows), 1)
	bad := done.BadRows[0]
	equal(t, bad.Index, want.BadRow.Index)
	equal(t, bad.Err.Reason.String(), "ERROR_REASON_"+want.BadRow.Reason)
	equal(t, bad.Err.Violations[0].Field, want.BadRow.Field)
	created, err := p.create(t.Context(), want.Entity.ID, want.Entity.Kind, want.Entity.Name)
	check(t, err)
	fresh := almanac.AtLeastAsFresh(done.Snapshot, created.GetSnapshot())
	read, err := p.client.Metrics.GetSeries(t.Context(), &metricsv1.GetSeriesRequest{
		Key: want.SeriesKey.key(), Consistency: fresh,
	})
	check(t, err)
	equal(t, int64(len(read.GetData().GetClaims())), want.Written)
	_, err = p.client.Registry.GetEntity(t.Context(), &registryv1.GetEntityRequest{
		Name: "entities/" + want.Entity.ID, Consistency: fresh,
	})
	check(t, err)
}

func (p player) create(ctx context.Context, id, kind, name string) (*registryv1.CreateEntityResponse, error) {
	return p.client.Registry.CreateEntity(ctx, &registryv1.CreateEntityRequest{
		EntityId: id,
		Entity:   &registryv1.Entity{Kind: kind, Names: []*registryv1.Name{{Text: name, Language: "en"}}},
	})
}

func (p player) watch(t *testing.T) {
	want := p.expected.Watch
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	now, err := p.client.Registry.GetSnapshot(ctx, &registryv1.GetSnapshotRequest{})
	check(t, err)
	_, err = p.create(ctx, want.Before, want.Kind, want.Before)
	check(t, err)
	request := &registryv1.WatchChangesRequest{
		Start: almanac.After(now.GetSnapshot()),
		Kinds: []registryv1.RecordKind{registryv1.RecordKind_RECORD_KIND_ENTITY},
	}
	var names []string
	for message, err := range p.client.WatchRegistry(ctx, request) {
		check(t, err)
		equal(t, message.GetIsCheckpoint(), len(message.GetChanges()) == 0)
		for _, change := range message.GetChanges() {
			names = append(names, change.GetName())
			if len(names) == 1 {
				p.server.restart(t)
				_, err := p.create(ctx, want.After, want.Kind, want.After)
				check(t, err)
			}
		}
		if message.GetIsCheckpoint() && len(names) > 1 {
			break
		}
	}
	equal(t, names, []string{"entities/" + want.Before, "entities/" + want.After})
}

func (p player) report(t *testing.T) {
	want := p.expected.Report
	operation, err := p.client.Reporting.RunReport(t.Context(), &reportingv1.RunReportRequest{Template: want.Template})
	check(t, err)
	progress := 0
	report, err := p.client.WaitReport(t.Context(), operation, func(*reportingv1.RunReportMetadata) { progress++ })
	check(t, err)
	if progress == 0 {
		t.Error("no progress was told")
	}
	equal(t, report.GetFigureCount(), want.Figures)
	equal(t, report.GetTitle(), want.Title)
	var claims []string
	figures := &reportingv1.ListFiguresRequest{Report: report.GetName()}
	for figure, err := range almanac.Items(t.Context(), p.client.Reporting.ListFigures, figures, (*reportingv1.ListFiguresResponse).GetFigures) {
		check(t, err)
		claims = append(claims, figure.GetClaims()...)
	}
	equal(t, claims, want.Claims)
	var file bytes.Buffer
	artefact := report.GetArtefacts()[0]
	check(t, p.client.Download(t.Context(), artefact, &file))
	digest := sha256.Sum256(file.Bytes())
	equal(t, "sha256:"+hex.EncodeToString(digest[:]), artefact.GetDigest())
	half := int64(file.Len() / 2)
	stream, err := p.client.Reporting.DownloadArtefact(t.Context(), &reportingv1.DownloadArtefactRequest{Name: artefact.GetName(), Offset: half})
	check(t, err)
	var rest []byte
	for piece, err := range receive(stream) {
		check(t, err)
		rest = append(rest, piece.GetChunk()...)
	}
	if !bytes.Equal(rest, file.Bytes()[half:]) {
		t.Error("the second half differs")
	}
}

func (p player) errors(t *testing.T) {
	want := p.expected.Errors
	_, err := p.client.Metrics.GetClaimSet(t.Context(), &metricsv1.GetClaimSetRequest{
		SeriesKey: p.expected.ClaimSet.SeriesKey.key(), Period: want.Period.Period,
	})
	failed := refused(t, err)
	want.Period.match(t, failed, want.Domain)
	equal(t, failed.Violations[0].Field, want.Period.Field)
	equal(t, failed.Violations[0].Reason, failed.Reason)
	_, err = p.client.Registry.GetEntity(t.Context(), &registryv1.GetEntityRequest{Name: want.Entity.Name})
	failed = refused(t, err)
	want.Entity.match(t, failed, want.Domain)
	equal(t, failed.Resource, want.Entity.Resource)
	err = p.client.Conn().Invoke(t.Context(), want.Method.Path, &registryv1.GetEntityRequest{}, &registryv1.GetEntityResponse{})
	want.Method.match(t, refused(t, err), want.Domain)
}

func (w failure) match(t *testing.T, failed *almanac.Error, domain string) {
	t.Helper()
	var code codes.Code
	check(t, code.UnmarshalJSON([]byte(`"`+w.Code+`"`)))
	equal(t, failed.Code, code)
	equal(t, failed.Reason.String(), "ERROR_REASON_"+w.Reason)
	equal(t, failed.Domain, domain)
}

func expectations(t *testing.T) expected {
	text, err := os.ReadFile(filepath.Join("..", "..", "scenario", "scenario.json"))
	check(t, err)
	var read expected
	check(t, json.Unmarshal(text, &read))
	return read
}

func (k seriesKey) key() *metricsv1.SeriesKey {
	read := &metricsv1.SeriesKey{}
	if err := protojson.Unmarshal(k, read); err != nil {
		panic(err)
	}
	return read
}
