package almanac

import (
	"fmt"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"

	figurev1 "almanac.dev/go/almanac/figure/v1"
	snapshotv1 "almanac.dev/go/almanac/snapshot/v1"
)

// Decimal reads a number of the contract, exactly as it is written.
func Decimal(text string) (*apd.Decimal, error) {
	number, _, err := apd.NewFromString(text)
	return number, err
}

// Number is a quantity of this number, exact as the source printed it.
func Number(text string) *figurev1.Quantity {
	return Bounded(figurev1.Bound_BOUND_EXACT, text)
}

// Bounded is a quantity of this number with a bound, such as "more than 500".
func Bounded(bound figurev1.Bound, text string) *figurev1.Quantity {
	return &figurev1.Quantity{Bound: bound, Value: &figurev1.Quantity_Number{Number: text}}
}

// Between is a quantity between two numbers, both included.
func Between(lower, upper string) *figurev1.Quantity {
	span := &figurev1.Range{Lower: lower, Upper: upper}
	return &figurev1.Quantity{Value: &figurev1.Quantity_Range{Range: span}}
}

// Interval is where a figure lies, in its unit; an end is nil where there is none.
type Interval struct {
	Point, Lower, Upper            *apd.Decimal
	LowerExclusive, UpperExclusive bool
}

// IntervalOf reads an interval of the contract.
func IntervalOf(wire *figurev1.Interval) (Interval, error) {
	read := Interval{
		LowerExclusive: wire.GetLowerExclusive(),
		UpperExclusive: wire.GetUpperExclusive(),
	}
	for _, end := range []struct {
		text string
		into **apd.Decimal
	}{{wire.GetPoint(), &read.Point}, {wire.GetLower(), &read.Lower}, {wire.GetUpper(), &read.Upper}} {
		if end.text == "" {
			continue
		}
		number, err := Decimal(end.text)
		if err != nil {
			return Interval{}, err
		}
		*end.into = number
	}
	return read, nil
}

// Contains tells whether the figure may be this number.
func (i Interval) Contains(number *apd.Decimal) bool {
	if i.Lower != nil {
		if order := number.Cmp(i.Lower); order < 0 || order == 0 && i.LowerExclusive {
			return false
		}
	}
	if i.Upper != nil {
		if order := number.Cmp(i.Upper); order > 0 || order == 0 && i.UpperExclusive {
			return false
		}
	}
	return i.Lower != nil || i.Upper != nil || i.Point != nil && number.Cmp(i.Point) == 0
}

// Year, Quarter, Month and Day are periods of the contract.
func Year(year int) *figurev1.Period { return period("%04d", year) }

// Quarter is the quarter 1 to 4 of a year.
func Quarter(year, quarter int) *figurev1.Period { return period("%04d-Q%d", year, quarter) }

// Month is a month of a year.
func Month(year int, month time.Month) *figurev1.Period { return period("%04d-%02d", year, month) }

// Day is one day.
func Day(day time.Time) *figurev1.Period { return &figurev1.Period{Code: day.Format(time.DateOnly)} }

func period(format string, parts ...any) *figurev1.Period {
	return &figurev1.Period{Code: fmt.Sprintf(format, parts...)}
}

// Span is the first and the last day of a period, both included; zero where it is open.
func Span(period *figurev1.Period) (first, last time.Time, err error) {
	if text := period.GetStartDate(); text != "" {
		first, err = time.Parse(time.DateOnly, text)
	}
	if text := period.GetEndDate(); text != "" && err == nil {
		last, err = time.Parse(time.DateOnly, text)
	}
	return first, last, err
}

// AtSnapshot asks for an answer exactly as of a snapshot token.
func AtSnapshot(token string) *snapshotv1.Consistency {
	at := &snapshotv1.Consistency_AtSnapshot{AtSnapshot: token}
	return &snapshotv1.Consistency{Requirement: at}
}

// AtLeastAsFresh asks for an answer that is not older than any of these snapshot tokens: for
// reading one's own writes, to several services if need be.
func AtLeastAsFresh(tokens ...string) *snapshotv1.Consistency {
	fresh := &snapshotv1.Consistency_AtLeastAsFresh{
		AtLeastAsFresh: &snapshotv1.SnapshotTokens{Tokens: tokens},
	}
	return &snapshotv1.Consistency{Requirement: fresh}
}

func id(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
