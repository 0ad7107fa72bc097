/** The application as a `(request, response)` listener, for node:http and the compatibility API of node:http2. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { BLOCK_SIZE, HELLO, octets, WHOLE_LIMIT, wanted } from './content.ts';

type Request = Pick<IncomingMessage, 'on' | 'once' | 'pipe' | 'url'> | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

function hello(response: Response): void {
	(response as ServerResponse).writeHead(200, { 'content-type': 'text/plain', 'content-length': HELLO.length });
	response.end(HELLO);
}

function download(response: ServerResponse, length: number): void {
	let left = length;
	const more = (): void => {
		for (;;) {
			const block = octets(Math.min(left, BLOCK_SIZE));
			left -= block.length;
			if (left === 0) return void response.end(block);
			if (!response.write(block)) return void response.once('drain', more);
		}
	};
	more();
}

/** Answers one request. */
export function answer(request: Request, anyResponse: Response): void {
	// Both APIs have the same methods with slightly different types.
	const response = anyResponse as ServerResponse;
	const target = request.url ?? '';
	if (target === '/hello') hello(response);
	else if (target.startsWith('/bytes/')) bytes(response, wanted(target));
	else if (target === '/upload') upload(request, response);
	else if (target === '/echo') {
		response.writeHead(200, { 'content-type': 'application/octet-stream' });
		(request as IncomingMessage).pipe(response);
	} else if (target === '/push' && 'createPushResponse' in anyResponse) {
		anyResponse.createPushResponse({ ':path': '/pushed' }, (error, pushed) => {
			if (error === null) hello(pushed);
		});
		hello(response);
	} else if (target === '/hold') {
		response.writeHead(200, { 'content-type': 'text/plain' });
		response.write(HELLO);
	} else {
		response.writeHead(404);
		response.end();
	}
}

function bytes(response: ServerResponse, length: number): void {
	response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length });
	if (length <= WHOLE_LIMIT) response.end(octets(length));
	else download(response, length);
}

function upload(request: Request, response: ServerResponse): void {
	let received = 0;
	request.on('data', (chunk: Uint8Array) => {
		received += chunk.length;
	});
	request.on('end', () => {
		response.writeHead(200, { 'content-type': 'text/plain' });
		response.end(String(received));
	});
}
