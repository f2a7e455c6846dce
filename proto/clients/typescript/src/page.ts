import type { CallOptions } from "@connectrpc/connect";

interface Paged {
  pageToken?: string;
}
interface Page {
  nextPageToken: string;
}
type Method<Request, Response> = (request: Request, options?: CallOptions) => Promise<Response>;

/**
 * Asks for one page after the other, to the end. All are of the snapshot of the first.
 */
export async function* pages<Request extends Paged, Response extends Page>(
  method: Method<Request, Response>,
  request: Request,
  options?: CallOptions,
): AsyncGenerator<Response, void, undefined> {
  for (let pageToken = request.pageToken; ;) {
    const page = await method({ ...request, pageToken }, options);
    yield page;
    if (page.nextPageToken === "") {
      return;
    }
    pageToken = page.nextPageToken;
  }
}

/** The items of all pages, one by one. */
export async function* items<Request extends Paged, Response extends Page, Item>(
  method: Method<Request, Response>,
  request: Request,
  of: (page: Response) => Iterable<Item>,
  options?: CallOptions,
): AsyncGenerator<Item, void, undefined> {
  for await (const page of pages(method, request, options)) {
    yield* of(page);
  }
}
