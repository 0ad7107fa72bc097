/** Clients that go away while an application has begun to read their content, and does not await it yet. */
import { fetchServerToRich, fetchToRich } from 'rsgi/adapters';
import { fetch as fetchApp } from 'rsgi/fetch';
import { fetchServer } from 'rsgi/fetch-server';
import { expect, onTestFinished, test } from 'vitest';
import { RawClient } from '../support/raw-client.ts';
import { served } from '../support/served.ts';

const READS = ['text', 'json', 'arrayBuffer', 'formData', 'blob'] as const;
const HEAD =
	'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nContent-Type: multipart/form-data; boundary=a\r\n\r\nab';

/** Begins to read in every way, and waits for something else first. */
async function early(request: Request, began: () => void, goOn: Promise<void>): Promise<Response> {
	const reads = READS.flatMap((read) => [request.clone()[read](), new Request(request.clone())[read]()]);
	reads.push(request.text());
	began();
	await goOn;
	// Here the application would await them, if all is well.
	return new Response(null, { status: 401 });
}

test.each(['fetch', 'fetch-server'])(
	'FETCH-52: an application of %s that has begun to read lives on',
	async (layer) => {
		const unhandled: unknown[] = [];
		const told = (error: unknown): void => void unhandled.push(error);
		process.on('unhandledRejection', told);
		onTestFinished(() => void process.off('unhandledRejection', told));
		const began = Promise.withResolvers<void>();
		const goOn = Promise.withResolvers<void>();
		const ended = Promise.withResolvers<void>();
		const run = (request: Request): Promise<Response> => {
			request.signal.addEventListener('abort', () => ended.resolve());
			return early(request, began.resolve, goOn.promise);
		};
		const { port, log } = await served(
			layer === 'fetch'
				? fetchToRich(fetchApp(run))
				: fetchServerToRich(fetchServer({ fetch: ({ request }) => run(request) })),
		);
		const gone = await new RawClient(port).connected();
		await gone.send(HEAD);
		await began.promise;
		gone.reset();
		await ended.promise;
		// Unhandled rejections are told once the microtasks of a turn are over.
		await new Promise((resolve) => setImmediate(resolve));
		goOn.resolve();
		const answered = await new RawClient(port).connected();
		await answered.send(HEAD);
		while (!answered.received.includes('\r\n\r\n')) await new Promise((resolve) => setImmediate(resolve));
		await new Promise((resolve) => setImmediate(resolve));
		answered.destroy();
		expect(answered.received).toContain('401');
		expect([unhandled, log]).toEqual([[], []]);
	},
);
