/** spec/escape.md §1 and §3: what is registered, and what is run for it, over the gateway. */
import { inspect } from 'node:util';
import { type RichApp, rich, utf8 } from 'rsgi';
import { gatewayToRich, gatewayToText, textToRich, underGateway } from 'rsgi/adapters';
import { type Discarded, escapeLite } from 'rsgi/escape';
import { bytes, type Environ, gateway, lite, withClose } from 'rsgi/gateway';
import { text } from 'rsgi/text';
import { describe, expect, test } from 'vitest';
import type { Exchange } from '../../src/rich/exchange.ts';
import type { Outcome } from '../../src/rich/outcome.ts';
import { answer, escaped, rewriting, setField } from '../support/escaping-gateway.ts';
import { recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { refusal } from '../support/refusal.ts';
import { settled } from '../support/settled.ts';

const POST = { method: 'POST', hasContent: true };

async function turns(): Promise<void> {
	for (let turn = 0; turn < 20; turn++) await settled();
}

describe('ESC-1: each gateway layer has the escape', () => {
	test('bytes', async () => {
		const app = gateway((environ, startResponse) => (environ['rsgi.upgrade'] as Upgrade)(answer, startResponse));
		expect((await escaped(app)).text).toBe('rich');
	});
	test('text, and bytes below text', async () => {
		const app = text((environ, startResponse) =>
			(environ['rsgi.upgrade'] as NonNullable<(typeof environ)['rsgi.upgrade']>)(answer, startResponse),
		);
		for (const stack of [textToRich(app), textToRich(gatewayToText(underGateway(answer)))]) {
			const client = recorded(stack);
			await turns();
			expect(client.text).toBe('rich');
		}
	});
	test('the key can be taken away, and replaced by what leads nowhere', async () => {
		const bare = gateway((environ, startResponse) => {
			const { 'rsgi.upgrade': _, ...rest } = environ;
			return underGateway(answer)(rest as Environ, startResponse);
		});
		expect((await escaped(bare)).faults.map(String).join()).toContain('ESC-40');
	});
});

test('ESC-2: the lite form escapes by the same key', async () => {
	const page = lite((environ) => escapeLite(environ, answer));
	expect((await escaped(page)).text).toBe('rich');
	const denied = gateway((environ, startResponse) =>
		page(
			{
				...environ,
				'rsgi.upgrade': (_app, start) => {
					start(bytes('403 Forbidden'), []);
					return [utf8('no')];
				},
			},
			startResponse,
		),
	);
	const client = await escaped(denied);
	expect([client.status, client.text]).toEqual([403, 'no']);
	expect(refusal('ESC-40', () => escapeLite({} as Environ, answer))).toContain('rsgi.upgrade');
});

test('ESC-3: the placeholder is a whole response, and says that it is not to be stored or changed', async () => {
	const seen: [string, string][][] = [];
	const contents: string[] = [];
	await escaped(
		answer,
		rewriting((parts) => {
			seen.push([...parts.fields]);
			contents.push(`${parts.status} ${String.fromCharCode(...parts.content)}`);
		}),
	);
	const tag = contents[0]?.slice('200 OK '.length) ?? '';
	expect(contents).toEqual([`200 OK ${tag}`]);
	expect(seen).toEqual([
		[
			['cache-control', 'no-store, no-transform'],
			['content-length', String(tag.length)],
			['content-type', `application/vnd.rsgi.escape; id=${tag}`],
		],
	]);
});

test('ESC-4: tags have 128 bits that do not repeat, and run one application once', async () => {
	const tags = new Set<string>();
	let runs = 0;
	const app = rich((exchange) => {
		runs++;
		exchange.respond(204);
		exchange.end();
	});
	const many = gateway(async (environ, startResponse) => {
		for (let count = 0; count < 500; count++) {
			const [content] = (await underGateway(app)(environ, () => () => Promise.resolve())) as Uint8Array[];
			tags.add(String.fromCharCode(...(content as Uint8Array)));
		}
		return underGateway(app)(environ, startResponse);
	});
	await escaped(many);
	expect(tags.size).toBe(500);
	for (const tag of tags) expect(tag).toMatch(/^rsgi-escape-[0-9a-f]{32}$/);
	expect(runs).toBe(1);
});

describe('ESC-5: it is too late', () => {
	test('when the response has begun', async () => {
		let said: unknown;
		const app = gateway((environ, startResponse) => {
			startResponse(bytes('200 OK'), []);
			return (async function* () {
				yield utf8('begun');
				try {
					await (environ['rsgi.upgrade'] as Upgrade)(answer, () => () => Promise.resolve());
				} catch (error) {
					said = error;
				}
				yield utf8('.');
			})();
		});
		expect((await escaped(app)).text).toBe('begun.');
		expect(String(said)).toContain('ESC-5');
	});
	test('when the exchange is over', async () => {
		let kept: Environ | null = null;
		await escaped(
			gateway((environ, startResponse) => {
				kept = environ;
				startResponse(bytes('204 No Content'), []);
				return [];
			}),
		);
		const environ = kept as unknown as Environ;
		refusal('ESC-5', () => (environ['rsgi.upgrade'] as Upgrade)(answer, () => () => Promise.resolve()));
	});
});

test('ESC-6: what cannot be registered is refused', async () => {
	const said: string[] = [];
	await escaped(
		gateway((environ, startResponse) => {
			const upgrade = environ['rsgi.upgrade'] as (app: unknown, start: unknown, options?: unknown) => unknown;
			const start = (): (() => Promise<void>) => () => Promise.resolve();
			const calls: [string, unknown, unknown?][] = [
				['RICH-3', () => {}],
				['RICH-3', gateway(() => [])],
				['ESC-6', answer, null],
				['ESC-6', answer, { content: 'all' }],
				['ESC-6', answer, { discarded: 1 }],
			];
			for (const [rule, app, options] of calls) said.push(refusal(rule, () => upgrade(app, start, options)));
			startResponse(bytes('204 No Content'), []);
			return [];
		}),
	);
	expect(said).toHaveLength(5);
});

test('ESC-7: registrations are bounded', async () => {
	let count = 0;
	const discards: string[] = [];
	const client = await escaped(
		gateway(async (environ) => {
			for (;;) {
				await (environ['rsgi.upgrade'] as Upgrade)(answer, () => () => Promise.resolve(), {
					discarded: ({ reason }) => void discards.push(reason),
				});
				count++;
			}
		}),
	);
	expect(count).toBe(1024);
	expect(client.status).toBe(500);
	expect(client.faults.map(String).join()).toContain('ESC-7');
	expect(discards).toHaveLength(1024);
});

test('ESC-8: applications escape from applications that have escaped, 8 deep', async () => {
	const deep = (levels: number): RichApp =>
		levels === 0 ? answer : gatewayToRich(underGateway(deep(levels - 1)), { errors: () => {} });
	const eight = recorded(deep(8));
	await turns();
	await turns();
	expect(eight.log).toEqual(['respond 200 x-app: rich', 'data rich', 'end']);
	const nine = recorded(deep(9));
	await turns();
	await turns();
	expect(nine.status).toBe(500);
	expect(nine.faults.map(String).join()).toContain('ESC-8');
});

test('ESC-9: what carries the escape takes WebSockets, unless the application says what it takes', () => {
	const quiet = gateway(() => []);
	expect(gatewayToRich(quiet).protocols).toEqual(['websocket']);
	expect(gatewayToRich(gateway(() => [], { protocols: ['chat'] })).protocols).toEqual(['chat']);
	expect(gatewayToRich(gateway(() => [], { protocols: [] })).protocols).toEqual([]);
});

describe('ESC-20: the response of the layer is over before the application is run', () => {
	test('its body is read, closed, and what was to be closed is', async () => {
		const log: string[] = [];
		const app = gateway(async (environ, startResponse) => {
			environ['rsgi.closing']({ close: () => log.push('resource') });
			const body = (await underGateway(
				rich((exchange) => {
					log.push('run');
					exchange.respond(204);
					exchange.end();
				}),
			)(environ, startResponse)) as Uint8Array[];
			return withClose(
				(function* () {
					yield* body;
					log.push('read');
				})(),
				async () => {
					await settled();
					log.push('closed');
				},
			);
		});
		await escaped(app);
		expect(log).toEqual(['read', 'closed', 'resource', 'run']);
	});
	for (const where of ['read', 'close', 'resource']) {
		test(`a failure there is a 500: ${where}`, async () => {
			let ran = false;
			const fail = (now: string): void => {
				if (now === where) throw new Error(`no ${where}`);
			};
			const discards: string[] = [];
			const app = gateway(async (environ, startResponse) => {
				environ['rsgi.closing']({ close: () => fail('resource') });
				const body = (await (environ['rsgi.upgrade'] as Upgrade)(
					rich(() => {
						ran = true;
					}),
					startResponse,
					{ discarded: ({ reason }) => void discards.push(reason) },
				)) as Uint8Array[];
				return withClose(
					(function* () {
						yield* body;
						fail('read');
					})(),
					() => fail('close'),
				);
			});
			const client = await escaped(app);
			expect(client.status).toBe(500);
			expect(client.faults).toHaveLength(1);
			expect(inspect(client.faults[0])).toContain(`no ${where}`);
			expect(ran).toBe(false);
			expect(discards).toEqual(['ended']);
		});
	}
});

describe('ESC-21, ESC-24: the request content', () => {
	const echo = rich(async (exchange) => {
		exchange.respond(200, ['x-unread', exchange.unread]);
		return {
			data: (chunk: Uint8Array) => void exchange.write(chunk),
			end: (trailers) => exchange.end(utf8('.'), trailers),
		};
	});
	const discards: string[] = [];
	const reading = (size: number, content?: 'whole') =>
		gatewayToRich(
			gateway(async (environ, startResponse) => {
				if (size !== 0) await environ['wsgi.input'].read(size < 0 ? undefined : size);
				return (environ['rsgi.upgrade'] as Upgrade)(echo, startResponse, {
					content,
					discarded: ({ reason }) => void discards.push(reason),
				});
			}),
		);

	test('all that the layer has not read is there', async () => {
		for (const [size, unread, got] of [
			[0, 'whole', 'one two three.'],
			[4, 'partial', 'two three.'],
			[-1, 'none', '.'],
		] as const) {
			const client = recorded(reading(size), POST);
			client.client.send(utf8('one '));
			await turns();
			client.client.send(utf8('two '));
			client.client.send(utf8('three'));
			client.client.end(['x-t', '1']);
			await turns();
			expect(client.faults).toEqual([]);
			expect([client.fields.first('x-unread'), client.text]).toEqual([unread, got]);
			expect(client.trailers?.lines).toEqual(['x-t', '1']);
			expect(client.credited).toBe(13);
		}
	});
	test('an application that needs the whole is not run without', async () => {
		for (const [size, status] of [
			[0, 200],
			[4, 500],
			[-1, 500],
		] as const) {
			discards.length = 0;
			const client = recorded(reading(size, 'whole'), POST);
			client.client.send(utf8('one two'));
			client.client.end();
			await turns();
			expect(client.status).toBe(status);
			expect(client.faults.map(String).join()).toMatch(status === 200 ? /^$/ : /ESC-21/);
			expect(discards).toEqual(status === 200 ? [] : ['refused']);
		}
	});
	test('100 (Continue) is for who takes content', async () => {
		for (const [app, log] of [
			[rich((exchange) => ({ data() {}, end: () => finish(exchange) })), ['continue', 'respond 204', 'end']],
			[rich((exchange) => finish(exchange)), ['respond 204', 'end']],
			[
				rich((exchange) => {
					finish(exchange);
					return { closed() {} };
				}),
				['respond 204', 'end'],
			],
		] as const) {
			const client = recorded(gatewayToRich(underGateway(app)), {
				...POST,
				expectsContinue: true,
				fields: ['expect', '100-continue'],
			});
			await turns();
			client.client.end();
			await turns();
			expect(client.faults).toEqual([]);
			expect(client.log.filter((line) => line !== 'discard')).toEqual(log);
		}
	});
	test('a pause of the application is its own, and holds from the start', async () => {
		let exchange: Exchange | null = null;
		const handler = new RecordingHandler();
		const app = rich((given) => {
			exchange = given;
			given.pause();
			return handler;
		});
		const client = recorded(gatewayToRich(underGateway(app)), POST);
		client.client.send(utf8('x'));
		client.client.end();
		await turns();
		expect(handler.log).toEqual([]);
		(exchange as unknown as Exchange).resume();
		await turns();
		expect(handler.log).toEqual(['data x', 'end']);
	});
	test('content that nobody takes is discarded', async () => {
		const client = recorded(gatewayToRich(underGateway(answer)), POST);
		client.client.send(utf8('x'));
		await turns();
		expect(client.log).toContain('discard');
		expect(client.text).toBe('rich');
	});
	test('a disconnect is told, before the response of the layer and after', async () => {
		for (const early of [true, false]) {
			const handler = new RecordingHandler();
			let go: () => void = () => {};
			const app = gateway(async (environ, startResponse) => {
				if (early) {
					await new Promise<void>((resolve) => {
						go = resolve;
					});
				}
				return underGateway(rich(() => handler))(environ, startResponse);
			});
			const client = recorded(gatewayToRich(app, { errors: () => {} }), POST);
			await turns();
			client.client.lose();
			await turns();
			go();
			await turns();
			expect(handler.log).toEqual(early ? [] : ['closed lost 0']);
		}
	});
	test('a tunnel is opened, with what the client has sent early', async () => {
		for (const reads of [false, true]) {
			const handler = new RecordingHandler();
			const app = gateway((environ, startResponse) => {
				if (reads) void environ['wsgi.input'].read();
				return underGateway(rich((exchange) => void exchange.accept?.(['x-a', '1'], handler)))(environ, startResponse);
			});
			const cookie = rewriting((parts) => void parts.fields.push(['set-cookie', 's=1']));
			const client = recorded(gatewayToRich(cookie(app)), { method: 'CONNECT', protocol: 'websocket' });
			client.client.send(utf8('early'));
			await turns();
			client.client.send(utf8('late'));
			client.client.end();
			await turns();
			expect(client.faults).toEqual([]);
			expect(client.log).toEqual(['accept set-cookie: s=1 x-a: 1']);
			expect(handler.log).toEqual(['data early', 'data late', 'end']);
		}
	});
});

describe('ESC-22, ESC-23: what middleware has added goes out too', () => {
	test('lists have both sides, singletons the application’s, Cache-Control the stricter', async () => {
		const app = rich((exchange) => {
			exchange.respond(200, [
				...['vary', 'cookie', 'set-cookie', 'b=2', 'x-frame-options', 'DENY', 'content-type', 'text/plain'],
				...['cache-control', 'max-age=60'],
			]);
			exchange.end(utf8('x'));
		});
		const client = await escaped(
			app,
			rewriting((parts) => {
				for (const [name, value] of [
					['Vary', 'origin'],
					['Set-Cookie', 'a=1'],
					['X-Frame-Options', 'SAMEORIGIN'],
					['X-Request-Id', '7'],
					['ETag', '"tag"'],
					['Content-Security-Policy', "default-src 'self'"],
					['Sec-WebSocket-Accept', 'x'],
					['Accept-Ranges', 'bytes'],
				] as const) {
					parts.fields.push([name, value]);
				}
				setField(parts, 'Cache-Control', 'private');
			}),
		);
		expect(client.fields.lines).toEqual([
			...['Vary', 'origin', 'Set-Cookie', 'a=1', 'X-Request-Id', '7', 'Content-Security-Policy', "default-src 'self'"],
			...['vary', 'cookie', 'set-cookie', 'b=2', 'x-frame-options', 'DENY', 'content-type', 'text/plain'],
			...['cache-control', 'private'],
		]);
	});
	for (const [mine, added, sent] of [
		['no-store', 'private', 'no-store'],
		['public, max-age=60', 'no-store, no-transform', 'public, max-age=60'],
		['public, max-age=60', 'no-store', 'no-store'],
		['public, max-age=60', 'no-cache', 'no-cache'],
		['max-age=60', 'max-age=10', 'max-age=10'],
		['max-age=10', 'public', 'max-age=10'],
	] as const) {
		test(`Cache-Control ${mine} with ${added} is ${sent}`, async () => {
			const app = rich((exchange) => {
				exchange.respond(200, ['cache-control', mine]);
				exchange.end();
			});
			const client = await escaped(
				app,
				rewriting((parts) => setField(parts, 'cache-control', added)),
			);
			expect(client.fields.all('cache-control')).toEqual([sent]);
		});
	}
	test('the application sees them, and edits them', async () => {
		const seen: unknown[] = [];
		const app = rich((exchange) => {
			seen.push(exchange.inherited?.lines.slice());
			exchange.inherited?.delete('x-one');
			exchange.inherited?.append('x-three', '3');
			exchange.respond(204);
			exchange.end();
		});
		const client = await escaped(
			app,
			rewriting((parts) => void parts.fields.push(['x-one', '1'], ['x-two', '2'])),
		);
		expect(seen).toEqual([['x-one', '1', 'x-two', '2']]);
		expect(client.log).toEqual(['respond 204 x-two: 2 x-three: 3', 'end']);
		const own: unknown[] = [];
		recorded(
			rich((exchange) => {
				own.push(exchange.inherited, exchange.unread);
				exchange.respond(204);
				exchange.end();
			}),
		);
		await turns();
		expect(own).toEqual([null, 'whole']);
	});
});

describe('ESC-25: a failure of the application is what it is anywhere', () => {
	const boom = new Error('boom');
	const broken: [string, RichApp, string[]][] = [
		[
			'a throw',
			rich(() => {
				throw boom;
			}),
			['respond 500', 'data Internal Server Error\n', 'end'],
		],
		[
			'a rejection',
			rich(async () => {
				throw boom;
			}),
			['respond 500', 'data Internal Server Error\n', 'end'],
		],
		[
			'late',
			rich(async (exchange) => {
				exchange.respond(200);
				exchange.write(utf8('x'));
				await settled();
				throw boom;
			}),
			['respond 200', 'data x', 'reset 2'],
		],
		[
			'at an event of the past',
			rich(() => ({
				end() {
					throw boom;
				},
			})),
			['respond 500', 'data Internal Server Error\n', 'end'],
		],
		[
			'at an event of the past, later',
			rich(() => ({
				async end() {
					throw boom;
				},
			})),
			['respond 500', 'data Internal Server Error\n', 'end'],
		],
	];
	for (const [name, app, log] of broken) {
		test(`${name} fails`, async () => {
			const lines: string[] = [];
			const client = recorded(gatewayToRich(underGateway(app), { errors: (line) => void lines.push(line) }));
			await turns();
			expect(client.log.map((line) => line.replace(/^respond 500 .*/, 'respond 500'))).toEqual(log);
			expect([...client.faults.map(String), ...lines].join()).toContain('boom');
		});
	}
});

describe('ESC-26: what is not run is discarded once', () => {
	const registering = (discards: Discarded[]) =>
		gateway(async (environ, startResponse) =>
			(environ['rsgi.upgrade'] as Upgrade)(answer, startResponse, { discarded: (why) => void discards.push(why) }),
		);
	test('by another response', async () => {
		const discards: Discarded[] = [];
		const page = rewriting((parts) => {
			parts.fields = [];
			parts.content = utf8('page');
		});
		expect((await escaped(registering(discards), page)).text).toBe('page');
		expect(discards).toEqual([{ reason: 'replaced' }]);
	});
	test('by the placeholder of another', async () => {
		const discards: Discarded[] = [];
		const first = registering(discards);
		const app = gateway(async (environ, startResponse) => {
			await first(environ, () => () => Promise.resolve());
			return underGateway(answer)(environ, startResponse);
		});
		expect((await escaped(app)).text).toBe('rich');
		expect(discards).toEqual([{ reason: 'replaced' }]);
	});
	test('by the end of the exchange, while middleware never answers', async () => {
		const discards: Discarded[] = [];
		const inner = registering(discards);
		const app = gateway(async (environ) => {
			await inner(environ, () => () => Promise.resolve());
			return new Promise<never>(() => {});
		});
		const client = await escaped(app);
		expect(discards).toEqual([]);
		client.client.lose();
		await turns();
		expect(discards).toEqual([{ reason: 'ended', outcome: { reason: 'lost', code: 0 } }]);
	});
	test('and never what has been run', async () => {
		const discards: Discarded[] = [];
		expect((await escaped(registering(discards))).text).toBe('rich');
		expect(discards).toEqual([]);
	});
	test('what it throws goes to the log, and keeps nobody else from being told', async () => {
		const lines: string[] = [];
		const told: string[] = [];
		const app = gateway(async (environ, startResponse) => {
			const upgrade = environ['rsgi.upgrade'] as Upgrade;
			const quiet = (): (() => Promise<void>) => () => Promise.resolve();
			await upgrade(answer, quiet, {
				discarded: () => {
					throw new Error('cannot');
				},
			});
			await upgrade(answer, quiet, { discarded: () => void told.push('second') });
			startResponse(bytes('204 No Content'), []);
			return [];
		});
		recorded(gatewayToRich(app, { errors: (line) => void lines.push(line) }));
		await turns();
		expect(lines.join()).toContain('cannot');
		expect(told).toEqual(['second']);
	});
});

test('ESC-27: the end of the exchange is told to who asks for it, also after an escape', async () => {
	const log: string[] = [];
	let finishing: () => void = () => {};
	const app = rich((exchange) => {
		exchange.respond(200);
		finishing = () => exchange.end();
	});
	const logging = (inner: typeof app extends never ? never : ReturnType<typeof underGateway>) =>
		gateway((environ, startResponse) => {
			environ['rsgi.completed']?.((outcome: Outcome) => void log.push(outcome.reason));
			return inner(environ, startResponse);
		});
	const client = await escaped(app, logging);
	expect(client.status).toBe(200);
	expect(log).toEqual([]);
	finishing();
	await turns();
	expect(log).toEqual(['complete']);
});

test('ESC-27: a callback that fails keeps no other from being told', async () => {
	const log: string[] = [];
	const client = await escaped(answer, (inner) =>
		gateway((environ, startResponse) => {
			environ['rsgi.completed']?.(() => {
				throw new Error('at once');
			});
			environ['rsgi.completed']?.((() => Promise.reject(new Error('later'))) as () => void);
			environ['rsgi.completed']?.((outcome: Outcome) => void log.push(outcome.reason));
			return inner(environ, startResponse);
		}),
	);
	await turns();
	expect(log).toEqual(['complete']);
	expect(client.faults.map(String)).toEqual(['Error: at once']);
});

describe('ESC-30, ESC-31: middleware intercepts what escapes below it', () => {
	const wrapping = (name: string, log: string[]) => (inner: ReturnType<typeof underGateway>) =>
		gateway((environ, startResponse) => {
			const upgrade = environ['rsgi.upgrade'] as Upgrade;
			const wrapped: Upgrade = (app, start, options) =>
				upgrade(
					rich((exchange) => {
						log.push(name);
						return app(exchange);
					}, app),
					start,
					options,
				);
			return inner({ ...environ, 'rsgi.upgrade': wrapped }, startResponse);
		}, inner);
	test('the one nearest to the server is outermost', async () => {
		const log: string[] = [];
		const client = await escaped(answer, (inner) => wrapping('outer', log)(wrapping('inner', log)(inner)));
		expect(client.text).toBe('rich');
		expect(log).toEqual(['outer', 'inner']);
	});
	test('a denial is final', async () => {
		const denying = (upgrade: Upgrade | undefined) => (inner: ReturnType<typeof underGateway>) =>
			gateway((environ, startResponse) => inner({ ...environ, 'rsgi.upgrade': upgrade }, startResponse), inner);
		for (const upgrade of [
			undefined,
			() => {
				throw new Error('denied');
			},
		]) {
			const client = await escaped(answer, denying(upgrade as Upgrade | undefined));
			expect(client.status).toBe(500);
			expect(client.text).not.toContain('rich');
		}
		const answers: Upgrade = (_app, start) => {
			start(bytes('403 Forbidden'), []);
			return [utf8('denied')];
		};
		expect((await escaped(answer, denying(answers))).log).toEqual([
			'respond 403 content-length: 6',
			'data denied',
			'end',
		]);
	});
});

test('ESC-40: where there is no escape it says so, or downgrades as told', async () => {
	const bare = (app: ReturnType<typeof underGateway>) =>
		gateway((environ, startResponse) => app({ ...environ, 'rsgi.upgrade': undefined }, startResponse), app);
	const refused = await escaped(answer, bare);
	expect(refused.status).toBe(500);
	expect(refused.faults.map(String).join()).toMatch(/gatewayToRich\(\).*ESC-40/);
	const downgraded = await escaped(bare(underGateway(answer, { otherwise: 'downgrade' })));
	expect([downgraded.status, downgraded.text]).toEqual([200, 'rich']);
	refusal('ESC-40', () => underGateway(answer, { otherwise: 'no' as 'refuse' }));
});

type Upgrade = NonNullable<Environ['rsgi.upgrade']>;

function finish(exchange: Exchange): undefined {
	exchange.respond(204);
	exchange.end();
}
