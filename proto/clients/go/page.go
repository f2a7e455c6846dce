package almanac

import (
	"context"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A method that answers in pages.
type paged[Request proto.Message, Response interface{ GetNextPageToken() string }] func(
	context.Context, Request, ...grpc.CallOption,
) (Response, error)

// Pages asks for one page after the other, to the end. All of them are of the snapshot of the
// first. The request is not changed. After an error nothing more comes.
func Pages[Request proto.Message, Response interface{ GetNextPageToken() string }](
	ctx context.Context, method paged[Request, Response], request Request,
) iter.Seq2[Response, error] {
	return func(yield func(Response, error) bool) {
		next := proto.Clone(request).(Request)
		token := next.ProtoReflect().Descriptor().Fields().ByName("page_token")
		for {
			page, err := method(ctx, next)
			if !yield(page, err) || err != nil || page.GetNextPageToken() == "" {
				return
			}
			next.ProtoReflect().Set(token, protoreflect.ValueOfString(page.GetNextPageToken()))
		}
	}
}

// Items are the items of all pages, one by one.
func Items[Request proto.Message, Response interface{ GetNextPageToken() string }, Item any](
	ctx context.Context, method paged[Request, Response], request Request, of func(Response) []Item,
) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for page, err := range Pages(ctx, method, request) {
			if err != nil {
				var none Item
				yield(none, err)
				return
			}
			for _, item := range of(page) {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}
