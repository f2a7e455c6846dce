// Ask prints everything that sources say of one observation:
//
//	ask ADDRESS INDICATOR ENTITY PERIOD
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	almanac "almanac.dev/go"
	metricsv1 "almanac.dev/go/almanac/metrics/v1"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: ask ADDRESS INDICATOR ENTITY PERIOD")
		os.Exit(2)
	}
	if err := ask(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		if failed, ok := almanac.AsError(err); ok {
			fmt.Printf("refused: %v\n", failed)
			for _, violation := range failed.Violations {
				fmt.Printf("  %s: %s\n", violation.Field, violation.Message)
			}
			return
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func ask(address, indicator, entity, period string) error {
	client, err := almanac.New(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	answer, err := client.Metrics.GetClaimSet(ctx, &metricsv1.GetClaimSetRequest{
		SeriesKey: &metricsv1.SeriesKey{
			Indicator: "indicators/" + indicator,
			Entity:    "entities/" + entity,
		},
		Period: period,
	})
	if err != nil {
		return err
	}
	set := answer.GetClaimSet()
	fmt.Printf("%s: %s\n", set.GetState(), set.GetRule().GetText())
	for _, claim := range set.GetClaims() {
		lies, err := almanac.IntervalOf(claim.GetInterval())
		if err != nil {
			return err
		}
		fmt.Printf("%s %s, %s\n", lies.Point.Text('f'), claim.GetProvenance().GetUnit(), claim.GetRelease())
		fmt.Printf("  cite as %s\n", claim.GetName())
	}
	return nil
}
