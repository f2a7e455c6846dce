package almanac

import (
	"errors"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	serverv1 "almanac.dev/go/almanac/server/v1"
)

// Error is what the contract says of a failed call.
type Error struct {
	// Code of gRPC: who may mend it, and whether to try again.
	Code codes.Code
	// Reason from the closed list of the contract; UNSPECIFIED for one this client does not know.
	Reason serverv1.ErrorReason
	// Domain of the reason.
	Domain string
	// Resource that the error is about, such as "entities/atlantis"; empty where it is about none.
	Resource string
	// Violations of fields of the request.
	Violations []Violation
	// RetryAfter is how long to wait at the least; 0 where the server does not say.
	RetryAfter time.Duration
	// Message for a person.
	Message string
}

// Violation is one thing wrong with one field of a request.
type Violation struct {
	// Field as the contract spells it: "series_key.indicator".
	Field string
	// Reason why it is refused.
	Reason serverv1.ErrorReason
	// Message for a person.
	Message string
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("%s (%s): %s", e.Code, reasonText(e.Reason), e.Message)
}

// AsError finds what the contract says of err, where it came from a call.
func AsError(err error) (*Error, bool) {
	var own *Error
	if errors.As(err, &own) {
		return own, true
	}
	state, ok := status.FromError(err)
	if !ok || state.Code() == codes.OK {
		return nil, false
	}
	found := &Error{Code: state.Code(), Message: state.Message()}
	for _, detail := range state.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			found.Reason, found.Domain = reasonOf(detail.GetReason()), detail.GetDomain()
			found.Resource = detail.GetMetadata()["resource"]
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				found.Violations = append(found.Violations, Violation{
					Field:   violation.GetField(),
					Reason:  reasonOf(violation.GetReason()),
					Message: violation.GetDescription(),
				})
			}
		case *errdetails.RetryInfo:
			found.RetryAfter = detail.GetRetryDelay().AsDuration()
		}
	}
	return found, true
}

const reasonPrefix = "ERROR_REASON_"

func reasonOf(text string) serverv1.ErrorReason {
	return serverv1.ErrorReason(serverv1.ErrorReason_value[reasonPrefix+text])
}

func reasonText(reason serverv1.ErrorReason) string {
	return reason.String()[len(reasonPrefix):]
}

// isAway tells an error after which the same may be asked again, of another server or later.
func isAway(err error) bool {
	return status.Code(err) == codes.Unavailable
}

// The server has not been heard of for longer than it may be silent.
var errSilent = status.Error(codes.Unavailable, "the server has been silent for too long")

func statusError(wire *statuspb.Status) error { return status.ErrorProto(wire) }
