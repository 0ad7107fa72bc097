/** A hello as people write it for fetch: a text, and no more. */

/** Answers one request. */
export function hello(request: Request): Response {
	const { url } = request;
	if (url.slice(url.indexOf('/', 8)) === '/hello') return new Response('Hello, world!');
	return new Response(null, { status: 404 });
}
