package almanac

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"

	figurev1 "almanac.dev/go/almanac/figure/v1"
	metricsv1 "almanac.dev/go/almanac/metrics/v1"
)

// Figure is one live claim of a series, from either view.
type Figure struct {
	// Claim is the name to cite.
	Claim string
	// Period code.
	Period string
	// Quantity as the source stated it; nil when withdrawn.
	Quantity *figurev1.Quantity
	// Provenance: whose figure it is.
	Provenance *metricsv1.Provenance
	// Release that states it.
	Release string
}

// Value is the number in its unit where the figure is one number, else nil.
func (f Figure) Value() (*apd.Decimal, error) {
	text := f.Quantity.GetNumber()
	if text == "" {
		return nil, nil
	}
	number, err := Decimal(text)
	if err != nil {
		return nil, err
	}
	number.Exponent += f.Quantity.GetMultiplier()
	return number, nil
}

// Figures reads the figures of a series, whichever view they came in.
func Figures(data *metricsv1.SeriesData) iter.Seq[Figure] {
	return func(yield func(Figure) bool) {
		for _, claim := range data.GetClaims() {
			figure := Figure{
				Claim:      claim.GetName(),
				Period:     claim.GetPeriod().GetCode(),
				Quantity:   claim.GetQuantity(),
				Provenance: claim.GetProvenance(),
				Release:    claim.GetRelease(),
			}
			if !yield(figure) {
				return
			}
		}
		block := data.GetBlock()
		for i := range block.GetMantissas() {
			if !yield(unpack(data, block, i)) {
				return
			}
		}
	}
}

func unpack(data *metricsv1.SeriesData, block *metricsv1.Block, i int) Figure {
	key := int32(i)
	source := data.GetSourceSeries()[block.GetSourceSeries()[i]]
	release := data.GetReleases()[block.GetReleases()[i]]
	ordinal := int32(1)
	if other, found := block.GetOrdinals()[key]; found {
		ordinal = other
	}
	code := periodCode(block, i)
	figure := Figure{
		Period:     code,
		Provenance: source.GetProvenance(),
		Release:    release,
		Claim:      ClaimName(source.GetName(), code, release, ordinal),
	}
	if slices.Contains(block.GetWithdrawn(), key) {
		return figure
	}
	if other, found := block.GetOther()[key]; found {
		figure.Quantity = other
	} else if long, found := block.GetLongNumbers()[key]; found {
		figure.Quantity = Number(long)
	} else {
		number := apd.New(0, -block.GetScales()[i])
		number.Coeff.SetMathBigInt(new(big.Int).Abs(big.NewInt(block.GetMantissas()[i])))
		number.Negative = block.GetMantissas()[i] < 0
		figure.Quantity = Number(number.Text('f'))
	}
	return figure
}

// ClaimName is the name of the claim that a release makes of a period of a source series: named
// by content, so it can be told without asking.
func ClaimName(sourceSeries, period, release string, ordinal int32) string {
	series, _, _ := strings.Cut(sourceSeries, "/sourceSeries/")
	content := strings.Join([]string{id(sourceSeries), id(release), strconv.Itoa(int(ordinal))}, "\n")
	digest := sha256.Sum256([]byte(content))
	hash := hex.EncodeToString(digest[:6])
	return fmt.Sprintf("%s/claims/%s.%s", series, strings.ReplaceAll(period, "/", "_"), hash)
}

// periodCode is the canonical code of a packed span of days.
func periodCode(block *metricsv1.Block, i int) string {
	first := time.Unix(0, 0).UTC().AddDate(0, 0, int(block.GetStartDays()[i]))
	openStart := slices.Contains(block.GetOpenStarts(), int32(i))
	if openStart {
		first = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	last := first.AddDate(0, 0, int(block.GetLengths()[i])-1)
	openEnd := slices.Contains(block.GetOpenEnds(), int32(i))
	return spanCode(first, last, openStart, openEnd)
}

// A step of the calendar, the coarser the less; each is a layout of its codes.
type step int

var layouts = []string{"2006", "2006-01", time.DateOnly}

const (
	year step = iota
	month
	day
)

func (s step) code(date time.Time) string { return date.Format(layouts[s]) }

// starting is the coarsest step that begins on this day.
func starting(date time.Time) step {
	switch {
	case date.Day() != 1:
		return day
	case date.Month() != time.January:
		return month
	default:
		return year
	}
}

// ending is the coarsest step that ends with this day.
func ending(date time.Time) step { return starting(date.AddDate(0, 0, 1)) }

// spanCode is the canonical code of a span of days.
func spanCode(first, last time.Time, openStart, openEnd bool) string {
	switch {
	case openStart:
		return "../" + ending(last).code(last)
	case openEnd:
		return starting(first).code(first) + "/.."
	case first.Equal(last):
		return day.code(first)
	case first.Weekday() == time.Monday && last.Sub(first) == 6*24*time.Hour:
		iso, week := first.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", iso, week)
	}
	coarsest := max(starting(first), ending(last))
	if named := name(first, last, coarsest); named != "" {
		return named
	}
	return coarsest.code(first) + "/" + coarsest.code(last)
}

// name is the code of a span of whole months that has a name of its own.
func name(first, last time.Time, coarsest step) string {
	before := int(first.Month()) - 1
	months := int(last.Month()) - before
	switch {
	case coarsest == year && first.Year() == last.Year():
		return year.code(first)
	case coarsest == year && first.Year()%10 == 0 && last.Year() == first.Year()+9:
		return fmt.Sprintf("%03dX", first.Year()/10)
	case coarsest != month || first.Year() != last.Year() || before%months != 0:
		return ""
	case months == 6:
		return fmt.Sprintf("%04d-H%d", first.Year(), before/6+1)
	case months == 3:
		return fmt.Sprintf("%04d-Q%d", first.Year(), before/3+1)
	case months == 1:
		return month.code(first)
	default:
		return ""
	}
}
