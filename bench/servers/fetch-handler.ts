/** The application as a fetch handler, for Bun.serve and Deno.serve. */
import { BLOCK_SIZE, HELLO, octets, WHOLE_LIMIT, wanted } from './content.ts';

function download(length: number): ReadableStream<Uint8Array> {
	let left = length;
	return new ReadableStream({
		pull(controller) {
			const block = octets(Math.min(left, BLOCK_SIZE));
			left -= block.length;
			controller.enqueue(block);
			if (left === 0) controller.close();
		},
	});
}

/** Answers one request. */
export function answer(request: Request): Response | Promise<Response> {
	const target = request.url.slice(request.url.indexOf('/', 8));
	if (target === '/hello')
		return new Response(HELLO as Uint8Array<ArrayBuffer>, { headers: { 'content-type': 'text/plain' } });
	if (target.startsWith('/bytes/')) {
		const length = wanted(target);
		const headers = { 'content-type': 'application/octet-stream', 'content-length': String(length) };
		if (length <= WHOLE_LIMIT) return new Response(octets(length) as Uint8Array<ArrayBuffer>, { headers });
		return new Response(download(length) as unknown as BodyInit, { headers });
	}
	if (target === '/upload') return upload(request);
	if (target === '/echo') {
		return new Response(request.body, { headers: { 'content-type': 'application/octet-stream' } });
	}
	if (target === '/hold') {
		const body = new ReadableStream({
			start(controller) {
				controller.enqueue(HELLO);
			},
		});
		return new Response(body as unknown as BodyInit, { headers: { 'content-type': 'text/plain' } });
	}
	return new Response(null, { status: 404 });
}

async function upload(request: Request): Promise<Response> {
	let received = 0;
	if (request.body !== null) {
		for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) received += chunk.length;
	}
	return new Response(String(received), { headers: { 'content-type': 'text/plain' } });
}
