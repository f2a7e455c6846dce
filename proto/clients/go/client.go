// Package almanac is a client for Almanac, an observatory of cited figures: the generated stubs
// of its three services behind one connection, and the few things that stubs lack – exact
// decimals, periods, pages, ingests and watches that survive a broken connection, operations with
// progress, errors with their reasons.
package almanac

import (
	_ "embed"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding/gzip"

	metricsv1 "almanac.dev/go/almanac/metrics/v1"
	registryv1 "almanac.dev/go/almanac/registry/v1"
	reportingv1 "almanac.dev/go/almanac/reporting/v1"
	serverv1 "almanac.dev/go/almanac/server/v1"
)

// Retries of the methods that change nothing; published with the contract.
//
//go:embed service_config.json
var serviceConfig string

// Client holds the stubs of all services over one connection.
type Client struct {
	Registry   registryv1.RegistryServiceClient
	Metrics    metricsv1.MetricsServiceClient
	Reporting  reportingv1.ReportingServiceClient
	Operations longrunningpb.OperationsClient
	Server     serverv1.ServerServiceClient
	conn       *grpc.ClientConn
}

// New connects to the server at target, such as "dns:///almanac:7430". Transport credentials
// are an option, as with grpc.NewClient. Answers are compressed; reads are retried while the
// server is away.
func New(target string, options ...grpc.DialOption) (*Client, error) {
	defaults := []grpc.DialOption{
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithDefaultCallOptions(grpc.UseCompressor(gzip.Name)),
	}
	conn, err := grpc.NewClient(target, append(defaults, options...)...)
	if err != nil {
		return nil, err
	}
	return &Client{
		Registry:   registryv1.NewRegistryServiceClient(conn),
		Metrics:    metricsv1.NewMetricsServiceClient(conn),
		Reporting:  reportingv1.NewReportingServiceClient(conn),
		Operations: longrunningpb.NewOperationsClient(conn),
		Server:     serverv1.NewServerServiceClient(conn),
		conn:       conn,
	}, nil
}

// Conn is the connection, for calls that no stub has.
func (c *Client) Conn() *grpc.ClientConn { return c.conn }

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }
