/** spec/escape.md §2: a placeholder that comes as it was made is not looked at; one that was changed where it stands is. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type RichApp, rich, utf8 } from 'rsgi';
import { fetchToRich, gatewayToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { type Body, bytes, type Environ, type FieldPairs, gateway } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { describe, expect, test } from 'vitest';
import { answer } from '../support/escaping-gateway.ts';
import { type RecordedClient, recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

async function asked(app: RichApp, method = 'GET'): Promise<RecordedClient> {
	const client = recorded(app, { method });
	for (let turn = 0; turn < 20; turn++) await settled();
	return client;
}

/** Middleware that changes what it is given, and gives on the same array and the same octets. */
function inPlace(change: (fields: FieldPairs[number][], body: Uint8Array[]) => void): RichApp {
	return gatewayToRich(
		gateway((environ, startResponse) => {
			let fields: FieldPairs[number][] = [];
			let begin = (): void => {};
			const body = underGateway(answer)(environ, (status, given, excInfo) => {
				fields = given as FieldPairs[number][];
				begin = () => void startResponse(status, fields, excInfo);
				return () => Promise.resolve();
			}) as Uint8Array[];
			change(fields, body);
			begin();
			return body;
		}),
	);
}

describe('ESC-10: untouched', () => {
	test('a gateway response runs, to GET and to HEAD', async () => {
		expect((await asked(inPlace(() => {}))).text).toBe('rich');
		const head = await asked(
			inPlace(() => {}),
			'HEAD',
		);
		expect([head.status, head.fields.first('x-app')]).toEqual([200, 'rich']);
	});
	test('a Response runs once, and the same one is dead in another exchange', async () => {
		let kept: Response | null = null;
		const app = fetchToRich(
			fetchApp((request) => {
				kept ??= escape(request, answer);
				return kept;
			}),
		);
		expect((await asked(app)).text).toBe('rich');
		expect((await asked(app)).status).toBe(500);
	});
});

describe('ESC-12: changed where it stands', () => {
	test('octets of the content', async () => {
		const client = await asked(
			inPlace((_fields, body) => {
				(body[0] as Uint8Array)[43] = 0x21;
			}),
		);
		expect(client.status).toBe(500);
	});
	test('the value of the Content-Type', async () => {
		const client = await asked(
			inPlace((fields) => {
				fields[2] = [bytes('content-type'), bytes('application/vnd.rsgi.escape')];
			}),
		);
		expect(client.status).toBe(500);
	});
});

describe('ESC-22: added where it stands', () => {
	test('to the list of lines', async () => {
		const client = await asked(inPlace((fields) => void fields.push([bytes('x-added'), bytes('1')])));
		expect([client.text, client.fields.first('x-added')]).toEqual(['rich', '1']);
	});
	test('to the Headers', async () => {
		const app = fetchApp((request) => {
			const response = escape(request, answer);
			response.headers.set('x-added', '1');
			return response;
		});
		const client = await asked(fetchToRich(app));
		expect([client.text, client.fields.first('x-added')]).toEqual(['rich', '1']);
	});
});

/** Middleware that gives on startResponse as it is, and does something with the body. */
function bodies(change: (body: Body) => Body): RichApp {
	const inner = underGateway(answer);
	return gatewayToRich(gateway((environ, startResponse) => change(inner(environ, startResponse) as Body), inner));
}

describe('ESC-10: a body that somebody has looked at', () => {
	test('is the placeholder, if it is as it was', async () => {
		let seen = '';
		const client = await asked(
			bodies((body) => {
				for (const block of body as Iterable<Uint8Array>) seen += String.fromCharCode(...block);
				return body;
			}),
		);
		expect([client.text, seen.length]).toEqual(['rich', 44]);
	});
	test('is the same content however often it is read, also in an array', async () => {
		const client = await asked(bodies((body) => [...(body as Iterable<Uint8Array>)]));
		expect([client.text, client.faults]).toEqual(['rich', []]);
	});
	test('runs nothing once it was changed where it stands, or replaced (ESC-12)', async () => {
		const changed = await asked(
			bodies((body) => {
				for (const block of body as Iterable<Uint8Array>) block[43] = 0x21;
				return body;
			}),
		);
		const replaced = await asked(bodies(() => [utf8('page')]));
		expect([changed.status, replaced.status]).toEqual([500, 500]);
	});
	test('does not run when another response has taken its place by an error', async () => {
		const inner = underGateway(answer);
		const app = gateway((environ, startResponse) => {
			const body = inner(environ, startResponse);
			startResponse(bytes('503 Service Unavailable'), [], { error: new Error('no') });
			return body;
		}, inner);
		const client = await asked(gatewayToRich(app));
		expect([client.status, client.text.includes('rich')]).toEqual([503, false]);
	});
	test('an answer of nothing where a placeholder was asked for is a failure like any other', async () => {
		const inner = underGateway(answer);
		const app = gateway((environ, startResponse) => {
			inner(environ, startResponse);
			return undefined as unknown as Body;
		}, inner);
		expect((await asked(gatewayToRich(app))).status).toBe(500);
	});
});

describe('ESC-11: a head that is nearly as it was made', () => {
	const headers = (change: (headers: Headers) => void): RichApp =>
		fetchToRich(
			fetchApp((request) => {
				const response = escape(request, answer);
				change(response.headers);
				return new Response(response.body, response);
			}),
		);
	test('runs with fields before and behind its own, and without its length', async () => {
		const client = await asked(
			headers((given) => {
				given.set('a-first', '1');
				given.set('x-last', '2');
				given.delete('content-length');
			}),
		);
		expect([client.text, client.fields.first('a-first'), client.fields.first('x-last')]).toEqual(['rich', '1', '2']);
	});
	test('runs nothing with a length that is not its own, to HEAD, or with a coding that it has not', async () => {
		const longer = headers((given) => given.set('content-length', '45'));
		const coded = headers((given) => given.set('content-encoding', 'gzip'));
		expect([(await asked(longer, 'HEAD')).status, (await asked(coded)).status]).toEqual([500, 500]);
	});
	test('in Node: content that goes on behind a whole placeholder is a 500', async () => {
		const app = node((request, response) => {
			const end = response.end.bind(response);
			response.end = ((content: string) => {
				response.write(content);
				return end('more');
			}) as typeof response.end;
			escape(request, response, answer);
		});
		expect((await asked(nodeToRich(app))).status).toBe(500);
	});
});

describe('ESC-26, ESC-27: nobody is attached when a placeholder is returned at once', () => {
	test('what is asked to be told of the end later is told, beside the application that has attached', async () => {
		const told: string[] = [];
		let kept: Environ | null = null;
		const attached = rich((exchange) => {
			exchange.attach({ closed: ({ reason }) => void told.push(`app ${reason}`) });
			queueMicrotask(() => {
				kept?.['rsgi.completed']?.(({ reason }) => void told.push(`layer ${reason}`));
				exchange.respond(200);
				exchange.end();
			});
		});
		const app = gateway((environ, startResponse) => {
			kept = environ;
			return underGateway(attached)(environ, startResponse);
		});
		expect((await asked(gatewayToRich(app))).status).toBe(200);
		expect(told.sort()).toEqual(['app complete', 'layer complete']);
	});
	test('an application that attaches late has what is told, beside the layer that asked before', async () => {
		const told: string[] = [];
		const late = rich(async (exchange) => {
			await settled();
			exchange.attach({
				data: (chunk) => void told.push(String.fromCharCode(...chunk)),
				end: () => void told.push('end'),
			});
			exchange.respond(200);
			exchange.end();
		});
		const app = gatewayToRich(
			gateway((environ, startResponse) => {
				const body = underGateway(late)(environ, startResponse);
				queueMicrotask(() => environ['rsgi.completed']?.(({ reason }) => void told.push(reason)));
				return body;
			}),
		);
		const client = recorded(app, { method: 'POST', hasContent: true });
		client.client.send(utf8('abc'));
		client.client.end();
		for (let turn = 0; turn < 20; turn++) await settled();
		expect(told).toEqual(['abc', 'end', 'complete']);
	});
	test('what fails in being discarded is in the log', async () => {
		const reasons: string[] = [];
		const app = fetchToRich(
			fetchApp((request) => {
				escape(request, answer, {
					discarded: ({ reason }) => {
						reasons.push(reason);
						throw new Error('late');
					},
				});
				escape(request, answer, {
					discarded: async ({ reason }) => {
						reasons.push(reason);
						throw new Error('later');
					},
				});
				return escape(request, answer);
			}),
		);
		const client = await asked(app);
		expect([client.text, reasons]).toEqual(['rich', ['replaced', 'replaced']]);
		expect(
			client.faults
				.flatMap((fault) => (fault instanceof AggregateError ? fault.errors : [fault]))
				.map(String)
				.sort(),
		).toEqual(['Error: late', 'Error: later']);
	});
	test.each(['gateway', 'fetch'] as const)(
		'what was registered before %s throws is discarded with the outcome',
		async (layer) => {
			const reasons: unknown[] = [];
			const options = { discarded: (why: unknown) => void reasons.push(why) };
			const app =
				layer === 'fetch'
					? fetchToRich(
							fetchApp((request) => {
								escape(request, answer, options);
								throw new Error('after');
							}),
						)
					: gatewayToRich(
							gateway((environ, startResponse) => {
								environ['rsgi.upgrade']?.(answer, startResponse, options);
								throw new Error('after');
							}),
						);
			expect((await asked(app)).status).toBe(500);
			expect(reasons).toEqual([{ reason: 'ended', outcome: expect.objectContaining({ reason: 'aborted' }) }]);
		},
	);
});

describe('ESC-54: in Node, where nobody is in between', () => {
	/** What a listener does before it escapes, and what is seen of its response: then, and when it is over. */
	async function listened(before: (response: ServerResponse) => void) {
		const states: unknown[] = [];
		const app = node((request, response) => {
			before(response);
			const told = ['finish', 'close'].map((event) => once(response, event));
			escape(request, response, answer);
			states.push([response.headersSent, response.writableEnded, response.getHeader('content-type')]);
			void Promise.all(told).then(() => states.push([response.statusCode, response.getHeaders()]));
		});
		const client = await asked(nodeToRich(app));
		return { client, states };
	}

	test('fields that were set before are inherited, and the response is over as any other is', async () => {
		const { client, states } = await listened((response) => response.setHeader('X-Added', ['1', '2']));
		expect([client.text, client.fields.all('x-added')]).toEqual(['rich', ['1', '2']]);
		expect(states).toEqual([
			[true, true, undefined],
			[200, { 'x-added': ['1', '2'] }],
		]);
	});

	test.each(['setHeader', 'writeHead', 'write', 'end'] as const)(
		'what is put over %s sees the placeholder',
		async (method) => {
			const seen: string[] = [];
			const { client } = await listened((response) => {
				const own = response[method].bind(response) as (...given: unknown[]) => unknown;
				Object.assign(response, {
					[method]: (...given: unknown[]) => {
						seen.push(`${method} ${response.hasHeader('content-type')}`);
						return own(...given);
					},
				});
			});
			expect(client.text).toBe('rich');
			// Content that is given to end() is not written by write().
			expect(seen.length > 0).toBe(method !== 'write');
		},
	);

	test('what was said of other content counts as ever', async () => {
		const coded = await listened((response) => response.setHeader('content-encoding', 'gzip'));
		expect(coded.client.status).toBe(500);
		const typed = await listened((response) => {
			response.setHeader('Content-Type', 'text/html');
			response.setHeader('Content-Length', '3');
			response.setHeader('Cache-Control', 'public');
		});
		expect([typed.client.text, typed.client.fields.lines.filter((_, at) => at % 2 === 0)]).toEqual(['rich', ['x-app']]);
	});

	test('ESC-57: what the application says of its content is shown at the end', async () => {
		const typed = rich((exchange) => {
			exchange.respond(201, ['content-type', 'text/plain', 'content-length', '4']);
			exchange.end(utf8('rich'));
		});
		const shown = Promise.withResolvers<unknown>();
		const app = node((request, response) => {
			response.once('finish', () => shown.resolve([response.statusCode, response.getHeaders()]));
			escape(request, response, typed);
		});
		await asked(nodeToRich(app));
		expect(await shown.promise).toEqual([201, { 'content-type': 'text/plain', 'content-length': '4' }]);
	});
});
