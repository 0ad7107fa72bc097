/** Stands between a client and a server of HTTP/2, passes everything on, and counts which requests were sent and answered. */
import { connect, createServer, type Server } from 'node:net';
import { onTestFinished } from 'vitest';
import { END_STREAM, type Frame, FrameStream, PREFACE, TYPES } from './http2-frames.ts';

/** What went through. */
export class CountingRelay {
	/** Requests that the client has sent. */
	requests = 0;
	/** Those that were answered to the end. */
	answered = 0;
	/** GOAWAY frames of the server. */
	goaways = 0;
	/** Streams that the server has reset. */
	resets = 0;
	readonly #server: Server;

	constructor(port: number) {
		this.#server = createServer((client) => {
			const server = connect(port, '127.0.0.1');
			let preface = PREFACE.length;
			const sent = new FrameStream();
			const received = new FrameStream();
			client.on('data', (chunk: Buffer) => {
				server.write(chunk);
				const skipped = Math.min(preface, chunk.length);
				preface -= skipped;
				for (const frame of sent.read(chunk.subarray(skipped))) this.#sent(frame);
			});
			server.on('data', (chunk: Buffer) => {
				client.write(chunk);
				for (const frame of received.read(chunk)) this.#received(frame);
			});
			client.on('end', () => server.end()).on('error', () => server.destroy());
			server.on('end', () => client.end()).on('error', () => client.destroy());
		});
	}

	/** Its port. */
	async listen(): Promise<number> {
		await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
		onTestFinished(() => void this.#server.close());
		return (this.#server.address() as { port: number }).port;
	}

	#sent(frame: Frame): void {
		if (frame.type === TYPES.HEADERS) this.requests++;
	}

	#received({ type, flags }: Frame): void {
		const content = type === TYPES.DATA || type === TYPES.HEADERS;
		if (content && (flags & END_STREAM) !== 0) this.answered++;
		if (type === TYPES.GOAWAY) this.goaways++;
		if (type === TYPES.RST_STREAM) this.resets++;
	}
}
