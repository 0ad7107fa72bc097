/** node:http2 by its stream API, its fastest. */
import { createSecureServer, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { BLOCK_SIZE, HELLO, octets, WHOLE_LIMIT, wanted } from './content.ts';
import { listening } from './listening.ts';

function hello(stream: ServerHttp2Stream): void {
	stream.respond({ ':status': 200, 'content-type': 'text/plain', 'content-length': HELLO.length });
	stream.end(HELLO);
}

function download(stream: ServerHttp2Stream, length: number): void {
	let left = length;
	const more = (): void => {
		for (;;) {
			const block = octets(Math.min(left, BLOCK_SIZE));
			left -= block.length;
			if (left === 0) return void stream.end(block);
			if (!stream.write(block)) return void stream.once('drain', more);
		}
	};
	more();
}

const server = listening.tls ? createSecureServer(listening.tls) : createServer();
server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
	stream.on('error', () => {});
	const target = headers[':path'] ?? '';
	if (target === '/hello') return hello(stream);
	if (target.startsWith('/bytes/')) {
		const length = wanted(target);
		stream.respond({ ':status': 200, 'content-type': 'application/octet-stream', 'content-length': length });
		if (length <= WHOLE_LIMIT) return void stream.end(octets(length));
		return download(stream, length);
	}
	if (target === '/upload') {
		let received = 0;
		stream.on('data', (chunk: Uint8Array) => {
			received += chunk.length;
		});
		stream.on('end', () => {
			stream.respond({ ':status': 200, 'content-type': 'text/plain' });
			stream.end(String(received));
		});
		return;
	}
	if (target === '/echo') {
		stream.respond({ ':status': 200, 'content-type': 'application/octet-stream' });
		return void stream.pipe(stream);
	}
	if (target === '/push') {
		stream.pushStream({ ':path': '/pushed' }, (error, pushed) => {
			if (error === null) hello(pushed);
		});
		return hello(stream);
	}
	if (target === '/hold') {
		stream.respond({ ':status': 200, 'content-type': 'text/plain' });
		return void stream.write(HELLO);
	}
	stream.respond({ ':status': 404 }, { endStream: true });
});
server.listen({ port: listening.port, host: listening.host, backlog: 4096 });
