/** Journeys, by the rules of spec/journey.md. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Exchange, type RichApp, type RichMiddleware, rich, WrappedExchange } from 'rsgi';
import { fetchServerToRich, fetchToRich, gatewayToRich, nodeToRich, textToRich, underGateway } from 'rsgi/adapters';
import { escape, escapeLite, interceptEscapes } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { fetchServer } from 'rsgi/fetch-server';
import { bytes, type GatewayMiddleware, gateway, type LiteMiddleware, lite } from 'rsgi/gateway';
import { gatewayWaypoint, type Journey, type JourneySubscriber, journeys, nodeWaypoint, waypoint } from 'rsgi/journey';
import { node } from 'rsgi/node';
import { type TextMiddleware, text } from 'rsgi/text';
import { websocket } from 'rsgi/websocket';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/wire/utf8.ts';
import { served } from '../support/served.ts';
import { foundIn } from '../support/tag-watch/watch.ts';

const TAG = /rsgi-escape-[0-9a-f]/i;

const target = rich((exchange) => {
	exchange.inform?.(103, ['link', '</style.css>; rel=preload']);
	exchange.respond(200, ['content-type', 'text/plain', 'x-secret', 'own', 'x-both', 'own']);
	exchange.end(utf8('four'), exchange.trailers ? ['x-count', '1'] : []);
});

/** What a request to an application leaves behind. */
async function travelled(app: RichApp, init: { path?: string; subscriber?: JourneySubscriber } = {}) {
	const ended = Promise.withResolvers<Journey>();
	const at = await served(journeys({ ...init.subscriber, ended: ended.resolve })(app));
	const response = await fetch(`${at.url}${init.path ?? '/'}`);
	await response.text();
	return { journey: await ended.promise, response, log: at.log };
}

const kinds = ({ steps }: Journey): string[] => steps.map(({ kind }) => kind);

describe('JRN-1', () => {
	test.each([null, undefined, 1, { ended: 1 }, { step: 'x' }])('%j is no subscriber', (given) => {
		expect(() => journeys(given as never)).toThrow('JRN-1');
	});

	test('hooks and protocols are kept, and what is no rich application is refused', () => {
		const app = rich(() => {}, { start() {}, stop() {}, protocols: ['one'] });
		const watched = journeys({})(app);
		expect([watched.start, watched.stop, watched.protocols]).toEqual([app.start, app.stop, ['one']]);
		expect(() => journeys({})((() => {}) as never)).toThrow('RICH-3');
	});
});

describe('JRN-2', () => {
	test('an escape from fetch, with an interceptor, below rich middleware', async () => {
		const named: RichMiddleware = (app) => rich((exchange) => app(exchange), app);
		const site = fetchApp(async (request) =>
			interceptEscapes(named, () => {
				const response = escape(request, target);
				response.headers.set('x-both', 'added');
				response.headers.append('set-cookie', 'secret=1');
				return response;
			}),
		);
		const below: RichMiddleware = (app) =>
			rich((exchange) => WrappedExchange.run(app, new WrappedExchange(exchange)), app);
		const { journey } = await travelled(below(fetchToRich(site)));
		expect(journey).toMatchObject({ method: 'GET', target: '/', httpVersion: '1.1', omitted: 0 });
		expect(journey.outcome?.reason).toBe('complete');
		expect(journey.steps).toMatchObject([
			{ kind: 'layer', layer: 'fetch' },
			{ kind: 'intercept', name: 'named' },
			{ kind: 'escape', number: 1, content: 'any' },
			{
				kind: 'decide',
				verdict: 'run',
				rule: 'ESC-10 (a)',
				content: 'tag',
				response: { status: 200, placeholder: true },
			},
			{ kind: 'run', inherited: ['set-cookie', 'x-both'], dropped: expect.arrayContaining(['content-type']) },
			{ kind: 'inform', response: { status: 103, names: ['link'] } },
			{ kind: 'merge', kept: ['set-cookie'], replaced: ['x-both'] },
			{ kind: 'respond', response: { status: 200, placeholder: false } },
			{ kind: 'end', octets: 4, trailers: ['x-count'] },
			{ kind: 'closed', outcome: { reason: 'complete' } },
		]);
		const times = journey.steps.map(({ at }) => at);
		expect(times).toEqual(times.toSorted((a, b) => a - b));
	});

	test('an escape from the gateway', async () => {
		const { journey } = await travelled(gatewayToRich(underGateway(target)));
		expect(kinds(journey)).toEqual([
			...['layer', 'escape', 'decide', 'run', 'inform', 'merge', 'respond', 'end', 'closed'],
		]);
	});

	test.each([
		['ESC-11', 'pass', (_response: Response) => new Response('other')],
		['ESC-12', 'fail', (response: Response) => new Response('other', response)],
		[
			'ESC-13',
			'strip',
			(response: Response) => new Response(response.body, { status: 403, headers: response.headers }),
		],
		['ESC-10 (d)', 'run', (response: Response) => new Response(response.body)],
	] as const)('%s is told: %s', async (rule, verdict, change) => {
		const site = fetchApp((request) => change(escape(request, target)));
		const { journey } = await travelled(fetchToRich(site));
		expect(journey.steps.find(({ kind }) => kind === 'decide')).toMatchObject({ rule, verdict });
		expect(kinds(journey).includes('discard')).toBe(verdict !== 'run');
	});

	test('a tag in longer content is told by ESC-14', async () => {
		const site = fetchApp(async (request) => new Response(`${await escape(request, target).text()} and more`));
		let way: Awaited<ReturnType<typeof travelled>> | null = null;
		// It is dead there, and goes out as middleware made it.
		await foundIn(async () => {
			way = await travelled(fetchToRich(site));
		});
		const { journey } = way as unknown as Awaited<ReturnType<typeof travelled>>;
		expect(journey.steps.find(({ kind }) => kind === 'decide')).toMatchObject({ rule: 'ESC-14', content: 'other' });
	});

	test('a placeholder that is forged, and a failure', async () => {
		const forged = fetchApp(
			() => new Response('x', { headers: { 'content-type': 'application/vnd.rsgi.escape; id=x' } }),
		);
		const { journey } = await travelled(fetchToRich(forged));
		expect(journey.steps.find(({ kind }) => kind === 'decide')).toMatchObject({ rule: 'ESC-12', verdict: 'fail' });
		const failing = rich(() => {
			throw new Error('on purpose');
		});
		expect((await travelled(failing)).journey.steps).toMatchObject([
			{ kind: 'failed', error: 'Error: on purpose' },
			{ kind: 'closed' },
		]);
	});
});

test('JRN-3: no tag, no content, and no values but of a few fields', async () => {
	const site = fetchApp((request) => {
		const response = escape(request, target);
		const tag = /id=(.*)/.exec(response.headers.get('content-type') ?? '')?.[1] ?? '';
		response.headers.set('x-leak', tag);
		response.headers.set('link', `<${tag.toUpperCase()}>`);
		response.headers.set('set-cookie', 'secret=1');
		return waypoint('leaky', (through) => through(() => response));
	});
	const { journey } = await travelled(fetchToRich(site), { path: `/?tag=rsgi-escape-${'a'.repeat(32)}` });
	const said = JSON.stringify(journey);
	expect(said).toContain('***');
	expect(said).not.toMatch(TAG);
	expect(said).not.toContain('secret=1');
	expect(said).not.toContain('four');
});

describe('JRN-2: layers', () => {
	test('the Fetch Server API, with waypoints and escapes', async () => {
		const site = fetchServer({ fetch: (ctx) => waypoint('one', (through) => through(() => escape(ctx, target))) });
		const { journey } = await travelled(fetchServerToRich(site));
		expect(journey.steps[0]).toMatchObject({ kind: 'layer', layer: 'fetch-server' });
		expect(kinds(journey).slice(1, 5)).toEqual(['enter', 'through', 'escape', 'back']);
	});
});

describe('JRN-4: middleware of the gateway', () => {
	const names = ({ steps }: Journey) =>
		steps.flatMap((step) =>
			'name' in step ? [`${step.kind} ${step.name}`] : step.kind === 'layer' ? [step.layer] : [],
		);
	const backs = ({ steps }: Journey) =>
		steps.flatMap((step) => (step.kind === 'back' ? [[step.before?.names ?? null, step.after?.names ?? null]] : []));
	const own = ['cache-control', 'content-length', 'content-type'];

	test('bytes: entered, through, and back with what it added', async () => {
		const stamp: GatewayMiddleware = (app) =>
			gateway(
				(environ, startResponse) =>
					app({ ...environ }, (status, fields, excInfo) =>
						startResponse(status, [...fields, [bytes('x-stamp'), bytes('1')]], excInfo),
					),
				app,
			);
		const site = gatewayWaypoint('outer', stamp)(gatewayWaypoint('inner', stamp)(underGateway(target)));
		const { journey, response } = await travelled(gatewayToRich(site));
		expect(response.status).toBe(200);
		expect(names(journey)).toEqual([
			...['gateway', 'enter outer', 'through outer', 'enter inner', 'through inner', 'back inner', 'back outer'],
		]);
		expect(backs(journey)).toEqual([
			[own, [...own, 'x-stamp']],
			[
				[...own, 'x-stamp'],
				[...own, 'x-stamp', 'x-stamp'],
			],
		]);
	});

	test('text, with its layer; and it answers by itself', async () => {
		const auth: TextMiddleware = (app) =>
			text((environ, startResponse) => {
				if (environ.PATH_INFO === '/in') return app(environ, startResponse);
				startResponse('401 Unauthorized', []);
				return [];
			}, app);
		const site = gatewayWaypoint(
			'auth',
			auth,
		)(text((environ, startResponse) => environ['rsgi.upgrade']?.(target, startResponse) ?? []));
		const inside = await travelled(textToRich(site), { path: '/in' });
		expect(names(inside.journey)).toEqual(['gateway', 'text', 'enter auth', 'through auth', 'back auth']);
		const outside = await travelled(textToRich(site));
		expect(names(outside.journey)).toEqual(['gateway', 'text', 'enter auth', 'back auth']);
		expect(backs(outside.journey)).toEqual([[null, []]]);
	});

	test('lite, which gives its head, now or later', async () => {
		const stamp: LiteMiddleware = (app) =>
			lite(async (environ) => {
				const [status, fields, body] = await app(environ);
				return [status, [...fields, [bytes('x-stamp'), bytes('1')]], body];
			}, app);
		const site = gatewayWaypoint('stamp', stamp)(lite((environ) => escapeLite(environ, target)));
		const { journey } = await travelled(gatewayToRich(site));
		expect(names(journey)).toEqual(['gateway', 'enter stamp', 'through stamp', 'back stamp']);
		expect(backs(journey)).toEqual([[own, [...own, 'x-stamp']]]);
	});

	test('what it throws is told, now or later, and thrown on', async () => {
		for (const fails of [
			() => {
				throw new Error('on purpose');
			},
			() => Promise.reject(new Error('on purpose')),
		]) {
			const site = gatewayWaypoint('bad', (app: ReturnType<typeof gateway>) => gateway(fails, app))(
				underGateway(target),
			);
			const { journey, response } = await travelled(gatewayToRich(site));
			expect([names(journey), response.status]).toEqual([['gateway', 'enter bad', 'threw bad'], 500]);
		}
	});

	test('where nobody watches it only runs; hooks and protocols are kept', async () => {
		const inner = gateway(() => [], { start() {}, stop() {}, protocols: ['one'] });
		const site = gatewayWaypoint('same', (app: typeof inner) => app)(inner);
		expect([site.start, site.stop, site.protocols]).toEqual([inner.start, inner.stop, ['one']]);
		const at = await served(gatewayToRich(gatewayWaypoint('same', (app: typeof inner) => app)(underGateway(target))));
		expect(await (await fetch(at.url)).text()).toBe('four');
	});
});

describe('JRN-4', () => {
	test('waypoint tells of middleware that awaits, before and after', async () => {
		const site = fetchApp((request) =>
			waypoint('outer', async (through) => {
				const response = await through(() => escape(request, target));
				response.headers.set('x-outer', '1');
				return response;
			}),
		);
		const { journey } = await travelled(fetchToRich(site));
		expect(kinds(journey).slice(1, 5)).toEqual(['enter', 'through', 'escape', 'back']);
		const back = journey.steps.find((step) => step.kind === 'back');
		expect(back?.before?.names).not.toContain('x-outer');
		expect(back?.after?.names).toContain('x-outer');
	});

	test('middleware that answers itself has no look before; one that throws is told', async () => {
		const answers = fetchApp(() => waypoint('auth', () => new Response(null, { status: 401 })));
		const { journey } = await travelled(fetchToRich(answers));
		expect(journey.steps.find(({ kind }) => kind === 'back')).toMatchObject({ before: null, after: { status: 401 } });
		const throws = fetchApp(() =>
			waypoint('bad', () => {
				throw new Error('on purpose');
			}),
		);
		expect(kinds((await travelled(fetchToRich(throws))).journey)).toContain('threw');
	});

	test('nodeWaypoint tells of the head: before next, and on the way back', async () => {
		const middleware = nodeWaypoint('m', (_req: IncomingMessage, res: ServerResponse, next: () => void) => {
			res.setHeader('x-ahead', '1');
			const { writeHead } = res;
			res.writeHead = (...given: unknown[]) => {
				res.setHeader('x-late', '1');
				return Reflect.apply(writeHead, res, given);
			};
			next();
		});
		const site = node((req, res) => {
			middleware(req, res, () => escape(req, res, target));
		});
		const { journey } = await travelled(nodeToRich(site));
		const [enter, through, back] = ['enter', 'through', 'back'].map((kind) =>
			journey.steps.find((step) => step.kind === kind),
		);
		expect(enter).toMatchObject({ response: { names: [] } });
		expect(through).toMatchObject({ response: { names: ['x-ahead'] } });
		expect(back).toMatchObject({ before: { placeholder: true }, after: { placeholder: true } });
		expect(JSON.stringify((back as { before: unknown }).before)).not.toContain('x-late');
		expect(JSON.stringify((back as { after: unknown }).after)).toContain('x-late');
	});

	test('without anybody who watches they only run it', async () => {
		expect(waypoint('x', (through) => through(() => 1))).toBe(1);
		await expect(waypoint('x', () => Promise.reject(new Error('as it is')))).rejects.toThrow('as it is');
		expect(nodeWaypoint('x', (a: number, b: number, c: number) => a + b + c)(1, 2, 3)).toBe(6);
	});
});

test('JRN-5: what a subscriber throws goes to failed, and the exchange goes on', async () => {
	const failures: unknown[] = [];
	const subscriber = {
		step() {
			throw new Error('step');
		},
		failed(error: unknown) {
			failures.push(error);
			throw error;
		},
	};
	const { response, log } = await travelled(target, { subscriber });
	expect(response.status).toBe(200);
	expect(failures.length).toBeGreaterThan(2);
	expect(log).toEqual([]);
});

test('JRN-6: so many steps, and the end', async () => {
	const site = fetchApp(() => {
		for (let n = 0; n < 400; n++) waypoint('again', () => null);
		return new Response('done');
	});
	const { journey } = await travelled(fetchToRich(site));
	expect(journey.steps).toHaveLength(257);
	expect(journey.steps.at(-1)?.kind).toBe('closed');
	expect(journey.omitted).toBe(1 + 800 + 2 - 256);
});

test('JRN-7: an exchange that is not wanted is passed on as it is', async () => {
	const seen: Exchange[] = [];
	const app = rich((exchange) => {
		seen.push(exchange);
		exchange.respond(204);
		exchange.end();
	});
	let told = 0;
	const watching = journeys({
		wanted: (exchange) => seen.push(exchange) === 0,
		step: () => told++,
	});
	const at = await served(watching(app));
	await fetch(at.url);
	expect(seen[0]).toBe(seen[1]);
	expect(told).toBe(0);
});

describe('JRN-8', () => {
	test('a tunnel', async () => {
		const ended = Promise.withResolvers<Journey>();
		const at = await served(journeys({ ended: ended.resolve })(websocket({ open: (socket) => socket.close(1000) })));
		const client = new WebSocket(at.url.replace('http', 'ws'));
		await new Promise((resolve) => {
			client.onclose = resolve;
		});
		const journey = await ended.promise;
		expect(kinds(journey)).toEqual(['accept', 'closed']);
		expect(journey.steps[0]).toMatchObject({ protocol: 'websocket', response: { status: 101 } });
	});

	test('an exchange that the application breaks off, once', async () => {
		const all: Journey[] = [];
		const at = await served(journeys({ ended: (journey) => all.push(journey) })(rich((exchange) => exchange.abort())));
		await expect(fetch(at.url)).rejects.toThrow();
		await expect.poll(() => all.length).toBe(1);
		expect(all[0]?.outcome?.reason).toBe('aborted');
	});
});
