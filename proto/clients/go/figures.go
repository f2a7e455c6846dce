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
	switch openEnd := slices.Contains(block.GetOpenEnds(), int32(i)); {
	case openStart:
		return "../" + last.Format(time.DateOnly)
	case openEnd:
		return first.Format(time.DateOnly) + "/.."
	default:
		return spanCode(first, last)
	}
}

// spanCode is the shortest code of a span: a year, half, quarter, month, week, day or decade.
func spanCode(first, last time.Time) string {
	after := last.AddDate(0, 0, 1)
	startsMonth := first.Day() == 1 && after.Day() == 1
	months := (after.Year()-first.Year())*12 + int(after.Month()-first.Month())
	month := int(first.Month()) - 1
	switch {
	case startsMonth && months == 120 && month == 0 && first.Year()%10 == 0:
		return fmt.Sprintf("%03dX", first.Year()/10)
	case startsMonth && months == 12 && month == 0:
		return first.Format("2006")
	case startsMonth && months == 6 && month%6 == 0:
		return fmt.Sprintf("%04d-H%d", first.Year(), month/6+1)
	case startsMonth && months == 3 && month%3 == 0:
		return fmt.Sprintf("%04d-Q%d", first.Year(), month/3+1)
	case startsMonth && months == 1:
		return first.Format("2006-01")
	case first.Equal(last):
		return first.Format(time.DateOnly)
	case first.Weekday() == time.Monday && after.Sub(first) == 7*24*time.Hour:
		year, week := first.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	default:
		return first.Format(time.DateOnly) + "/" + last.Format(time.DateOnly)
	}
}
