/** richToNode under Express and its middleware: what that sets, wraps and hears of is there. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type RichFunction, rich, utf8 } from 'rsgi';
import { richToNode } from 'rsgi/adapters';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compatInstalled } from '../support/compat-package.ts';
import { client, field } from './client.ts';

const compat = createRequire(fileURLToPath(new URL('../../compat/package.json', import.meta.url)));

type Use = (...given: unknown[]) => unknown;

/** Express with middleware, and a rich application below it. */
async function below(run: RichFunction, ...middleware: readonly unknown[]): Promise<ReturnType<typeof client>> {
	const app = (compat('express') as () => RequestListener & { use: Use })();
	for (const one of middleware) app.use(one);
	app.use('/rich', richToNode(rich(run), { log: () => {} }));
	const server = createServer(app).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	const asking = client({ version: '1.1', origin: `http://127.0.0.1:${port}` });
	onTestFinished(async () => {
		asking.close();
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});
	return asking;
}

describe.skipIf(!compatInstalled())('under Express', () => {
	test('HOST-1: fields of helmet are sent, and compression compresses, with backpressure', async () => {
		const line = utf8('the same line again and again, so that it is small when it has been compressed\n'.repeat(200));
		let waits = 0;
		const lines = 1000;
		const asking = await below(
			(exchange) => {
				exchange.respond(200, ['content-type', 'text/plain']);
				let left = lines;
				const pump = (): void => {
					while (left-- > 0) {
						if (exchange.write(line)) continue;
						waits++;
						return;
					}
					exchange.end();
				};
				pump();
				return { drain: pump };
			},
			(compat('helmet') as Use)(),
			(compat('compression') as Use)(),
		);
		const answer = await asking.call({ target: '/rich/a?b', fields: ['accept-encoding', 'gzip'] }).answer();
		expect(field(answer.fields, 'content-encoding')).toBe('gzip');
		expect(field(answer.fields, 'x-frame-options')).toBe('SAMEORIGIN');
		expect(gunzipSync(answer.content).length).toBe(lines * line.length);
		expect(waits).toBeGreaterThan(0);
	});

	test('HOST-1: finish is heard, a session is saved, and the target is what is left of it', async () => {
		let finished: (() => void) | undefined;
		const heard = new Promise<void>((resolve) => {
			finished = resolve;
		});
		const asking = await below(
			(exchange) => {
				exchange.respond(200);
				exchange.end(utf8(exchange.target));
			},
			(compat('express-session') as Use)({ secret: 'a', resave: false, saveUninitialized: true }),
			(_request: unknown, response: NodeJS.EventEmitter, next: () => void) => {
				response.on('finish', () => finished?.());
				next();
			},
		);
		const answer = await asking.get('/rich/a?b');
		expect(Buffer.from(answer.content).toString()).toBe('/a?b');
		expect(field(answer.fields, 'set-cookie')).toMatch(/^connect\.sid=/);
		await heard;
	});

	test('HOST-9: what the application throws is a 500, and the next request is served', async () => {
		const asking = await below((exchange) => {
			if (exchange.method === 'DELETE') throw new Error('on purpose');
			exchange.respond(204);
			exchange.end();
		});
		expect((await asking.call({ method: 'DELETE', target: '/rich' }).answer()).status).toBe(500);
		expect((await asking.get('/rich')).status).toBe(204);
	});
});
