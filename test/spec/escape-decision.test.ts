/** spec/escape.md §2: which responses run what was registered, over the gateway. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { rich, utf8 } from 'rsgi';
import { fetchToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { escape, placeholder } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { bytes, gateway, withClose } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { describe, expect, test } from 'vitest';
import { Decision } from '../../src/escape/decision.ts';
import { Registrations } from '../../src/escape/registrations.ts';
import type { FieldLines } from '../../src/wire/fields.ts';
import { answer, escaped, type Parts, rewriting, setField } from '../support/escaping-gateway.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

/** The change that leaves no more than the content. */
const plain = (parts: Parts): void => setField(parts, 'content-type', 'text/html');
const unmarkedLength = (parts: Parts): void => setField(parts, 'content-length', null);

const fires: [string, (parts: Parts) => void][] = [
	['(a) header and content', () => {}],
	['(a) with a charset appended', (parts) => setField(parts, 'content-type', `${type(parts)}; charset=utf-8`)],
	['(a) with the case changed', (parts) => setField(parts, 'Content-Type', type(parts).toUpperCase())],
	['(a) with the value joined to another', (parts) => setField(parts, 'content-type', `${type(parts)}, text/html`)],
	['(a) with the value twice', (parts) => void parts.fields.push(['content-type', type(parts)])],
	['(a) with the tag quoted', (parts) => setField(parts, 'content-type', type(parts).replace(/id=(.*)/, 'id="$1"'))],
	[
		'(a) without Content-Length and Cache-Control',
		(parts) => {
			unmarkedLength(parts);
			setField(parts, 'cache-control', null);
		},
	],
	['(c) gzip', coded('gzip', gzipSync)],
	['(c) x-gzip', coded('x-gzip', gzipSync)],
	['(c) deflate', coded('deflate', deflateSync)],
	['(c) deflate without its wrapper', coded('deflate', deflateRawSync)],
	['(c) br', coded('br', brotliCompressSync)],
	['(c) zstd', coded('zstd', zstdCompressSync)],
	['(c) identity', coded('identity', (content) => content)],
	['(c) gzip, br', coded('gzip, br', (content) => brotliCompressSync(gzipSync(content)))],
	['(d) content under another Content-Type', plain],
	['(d) content without Content-Type', (parts) => setField(parts, 'content-type', null)],
];

describe('ESC-10: a placeholder that arrives runs what it stands for', () => {
	for (const [name, change] of fires) {
		test(name, async () => {
			const client = await escaped(answer, rewriting(change));
			expect(client.faults).toEqual([]);
			expect(client.log).toEqual(['respond 200 x-app: rich', 'data rich', 'end']);
		});
	}
	test('(b) to HEAD the header alone does', async () => {
		const seen: string[] = [];
		const app = rich((exchange) => {
			seen.push(exchange.method);
			exchange.respond(200, ['x-app', 'rich']);
			exchange.end();
		});
		const dropped = rewriting((parts) => {
			parts.content = new Uint8Array(0);
		});
		for (const middleware of [rewriting(() => {}), dropped]) {
			const client = await escaped(app, middleware, { method: 'HEAD' });
			expect(client.faults).toEqual([]);
			expect(client.log).toEqual(['respond 200 x-app: rich', 'end']);
		}
		expect(seen).toEqual(['HEAD', 'HEAD']);
	});
	test('(b) to HEAD it is none when its length or content is that of another', () => {
		const registrations = new Registrations(() => {});
		const { fields, content, tag } = registrations.add(answer, {});
		const to = (lines: FieldLines, ...chunks: Uint8Array[]): string => {
			const decision = new Decision(registrations, 'HEAD');
			let verdict = decision.head(200, lines);
			for (const chunk of chunks) if (verdict.kind === 'hold') verdict = decision.content(chunk);
			return (verdict.kind === 'hold' ? decision.end() : verdict).kind;
		};
		const at = fields.findIndex((name) => name.toLowerCase() === 'content-type');
		const typed = fields.slice(at, at + 2);
		const gzipped = [...typed, 'content-encoding', 'gzip'];
		expect(to(fields)).toBe('fire');
		expect(to(fields, content)).toBe('fire');
		expect(to(gzipped)).toBe('fire');
		expect(to(gzipped, new Uint8Array(gzipSync(content)))).toBe('fire');
		expect(to([...typed, 'content-length', '6'])).toBe('fail');
		for (const text of ['denied', 'rsgi-escape-', tag.replace(/.$/, 'g'), `rsgi-escape-${'0'.repeat(32)}`]) {
			expect(to(fields, utf8(text))).toBe('fail');
			expect(to(gzipped, new Uint8Array(gzipSync(text)))).toBe('fail');
		}
	});
	test('(b) to HEAD what middleware has put in its place is not run', async () => {
		const replaced = rewriting((parts) => {
			parts.content = utf8('denied');
			setField(parts, 'content-length', '6');
		});
		const client = await escaped(answer, replaced, { method: 'HEAD' });
		expect(client.log[0]).toMatch(/^respond 500/);
		expect(String(client.faults)).toContain('ESC-12');
	});
	test('in any number of blocks', async () => {
		for (const size of [1, 7, 43]) {
			const client = await escaped(
				gateway(async (environ, startResponse) => {
					const [content] = (await underGateway(answer)(environ, startResponse)) as Uint8Array[];
					const whole = content as Uint8Array;
					const blocks: Uint8Array[] = [];
					for (let at = 0; at < whole.length; at += size) blocks.push(whole.subarray(at, at + size));
					return withClose(blocks.values(), () => {});
				}),
			);
			expect(client.log).toEqual(['respond 200 x-app: rich', 'data rich', 'end']);
		}
	});
	test('of several registrations the one that arrives', async () => {
		const one = rich((exchange) => {
			exchange.respond(200);
			exchange.end(utf8('one'));
		});
		const retried = gateway(async (environ, startResponse) => {
			const quiet = (): (() => Promise<void>) => () => Promise.resolve();
			await underGateway(one)(environ, quiet);
			return underGateway(answer)(environ, startResponse);
		});
		expect((await escaped(retried)).text).toBe('rich');
	});
});

const fails: [string, (parts: Parts) => void, string][] = [
	['other content', (parts) => content(parts, 'Please log in'), 'replaced'],
	['longer content', (parts) => content(parts, `${text(parts)}\n`), 'replaced'],
	['shorter content', (parts) => content(parts, text(parts).slice(1)), 'replaced'],
	['no content', (parts) => content(parts, ''), 'replaced'],
	['an unknown coding', coded('rot13', (data) => data), 'coded'],
	['a coding that it has not', coded('gzip', (data) => data), 'coded'],
	['a bomb', coded('gzip', () => gzipSync(new Uint8Array(1 << 20))), 'replaced'],
	['a small bomb', coded('br', () => brotliCompressSync(new Uint8Array(1 << 20))), 'coded'],
	['no tag in the header', (parts) => setField(parts, 'content-type', 'application/vnd.rsgi.escape'), 'no tag'],
	['another tag in the header', (parts) => setField(parts, 'content-type', `${type(parts)}; id=x`), 'no tag'],
	[
		'an unknown tag in the header',
		(parts) => setField(parts, 'content-type', 'application/vnd.rsgi.escape; id=rsgi-escape-0'),
		'not one of this exchange',
	],
	[
		'status 206',
		(parts) => {
			parts.status = '206 Partial Content';
			setField(parts, 'content-range', 'bytes 0-3/44');
			content(parts, text(parts).slice(0, 4));
		},
		'range',
	],
];

describe('ESC-12: a placeholder that cannot be run is a 500, and the log is told', () => {
	for (const [name, change, why] of fails) {
		test(name, async () => {
			const client = await escaped(answer, rewriting(change));
			expect(client.status).toBe(500);
			expect(client.text).toBe('Internal Server Error\n');
			expect(client.faults.map(String).join()).toMatch(new RegExp(`EscapeFault: .*${why}.*ESC-12`));
			expect(`${client.log.join()}${client.faults.map(String).join()}`).not.toContain('rsgi-escape-');
		});
	}
	test('a cache that replays a placeholder runs nothing, in the same process or another', async () => {
		let stored: Parts | null = null;
		const cache = rewriting((parts) => {
			if (stored === null) stored = { ...parts, fields: [...parts.fields] };
			else Object.assign(parts, stored);
		});
		expect((await escaped(answer, cache)).text).toBe('rich');
		const replayed = [
			await escaped(answer, cache),
			await escaped(
				gateway((_environ, startResponse) => {
					startResponse(bytes('200 OK'), []);
					return [utf8('page')];
				}),
				cache,
			),
		];
		for (const client of replayed) {
			expect(client.status).toBe(500);
			expect(client.faults.map(String).join()).toContain('ESC-12');
			expect(`${client.log.join()}${client.faults.map(String).join()}`).not.toContain('rsgi-escape-');
		}
	});
});

describe('ESC-13: under another status there is nothing of a placeholder left', () => {
	for (const status of [
		'401 Unauthorized',
		'404 Not Found',
		'302 Found',
		'500 Internal Server Error',
		'304 Not Modified',
	]) {
		for (const [name, change] of [
			['marked', () => {}],
			['unmarked', plain],
		] as const) {
			if (status.startsWith('304') && name === 'unmarked') continue;
			test(`${status}, ${name}`, async () => {
				const client = await escaped(
					answer,
					rewriting((parts) => {
						parts.status = status;
						setField(parts, 'x-added', '1');
						setField(parts, 'etag', '"of the placeholder"');
						if (status.startsWith('304')) content(parts, '');
						change(parts);
					}),
				);
				expect(client.faults).toEqual([]);
				expect(client.log).toEqual(
					[`respond ${status} x-added: 1`, 'end'].map((line) => line.replace(/ [A-Z][A-Za-z ]*(?= x-)/, '')),
				);
			});
		}
	}
	test('a changed status with other content is sent as it came', async () => {
		const client = await escaped(
			answer,
			rewriting((parts) => {
				parts.status = '403 Forbidden';
				plain(parts);
				content(parts, 'no');
			}),
		);
		expect([client.status, client.text]).toEqual([403, 'no']);
	});
});

test('ESC-12: a 206 whose content is a tag, under another type, is a 500 too', async () => {
	const client = await escaped(
		answer,
		rewriting((parts) => {
			parts.status = '206 Partial Content';
			setField(parts, 'content-range', `bytes 0-${parts.content.length - 1}/${parts.content.length}`);
			plain(parts);
		}),
	);
	expect([client.status, String(client.faults)]).toEqual([500, expect.stringContaining('ESC-12')]);
});

describe('ESC-17: a field that middleware has put a tag in is not sent', () => {
	const copied = (parts: Parts): void => {
		const type = parts.fields.find(([name]) => name === 'content-type')?.[1] ?? '';
		parts.fields.push(['x-type', type], ['x-tag', text(parts).toUpperCase()], ['x-kept', 'rsgi-escape-']);
	};
	for (const [name, change, status] of [
		['with the application', () => {}, 200],
		['with another status', (parts: Parts) => Object.assign(parts, { status: '403 Forbidden' }), 403],
		[
			'with other content',
			(parts: Parts) => {
				plain(parts);
				content(parts, 'page');
			},
			200,
		],
	] as const) {
		test(`where it goes ${name}`, async () => {
			const client = await escaped(
				answer,
				rewriting((parts) => {
					copied(parts);
					change(parts);
				}),
			);
			const { fields } = client;
			expect([client.status, fields.first('x-type'), fields.first('x-tag'), fields.first('x-kept')]).toEqual([
				status,
				null,
				null,
				'rsgi-escape-',
			]);
		});
	}
});

describe('ESC-14: a tag in longer content is dead', () => {
	for (const [name, wrap] of [
		['in a page', (tag: string) => `<p>${tag}</p>`],
		['before more', (tag: string) => `${tag} `],
		['twice', (tag: string) => tag + tag],
	] as const) {
		test(`a tag ${name}`, async () => {
			let ran = false;
			let page = '';
			const app = rich(() => {
				ran = true;
			});
			const client = await escaped(
				app,
				rewriting((parts) => {
					plain(parts);
					page = wrap(text(parts));
					content(parts, page);
				}),
			);
			expect(client.faults).toEqual([]);
			expect(client.text).toBe(page);
			expect(ran).toBe(false);
		});
	}
});

describe('ESC-11: only what may be a placeholder is held back', () => {
	test('a stream goes on as soon as it differs, without what a placeholder has left', async () => {
		let more: () => void = () => {};
		const app = gateway(async (environ, startResponse) => {
			await underGateway(answer)(environ, () => () => Promise.resolve());
			startResponse(bytes('200 OK'), [
				[bytes('content-type'), bytes('text/plain')],
				[bytes('cache-control'), bytes('no-store, no-transform')],
			]);
			return (async function* () {
				yield utf8('rsgi');
				await new Promise<void>((resolve) => {
					more = resolve;
				});
				yield utf8('-other');
				await new Promise<void>((resolve) => {
					more = resolve;
				});
				yield utf8('!');
			})();
		});
		const client = await escaped(app);
		expect(client.log).toEqual([]);
		more();
		await escaped(answer);
		expect(client.log).toEqual(['respond 200 content-type: text/plain', 'data rsgi', 'data -other']);
		more();
		await escaped(answer);
		expect(client.log.slice(3)).toEqual(['data !', 'end']);
	});
	test('what was never registered is not held, whatever it looks like', async () => {
		const client = await escaped(
			gateway(async (_environ, startResponse) => {
				startResponse(bytes('200 OK'), []);
				return (async function* () {
					yield utf8('rsgi-escape-');
					await new Promise(() => {});
				})();
			}),
		);
		expect(client.log).toEqual(['respond 200', 'data rsgi-escape-']);
		client.client.lose();
	});
	test('a Cache-Control of its own stays, and so does another Content-Length', async () => {
		const client = await escaped(
			answer,
			rewriting((parts) => {
				plain(parts);
				content(parts, 'page');
				setField(parts, 'content-length', '4');
				setField(parts, 'cache-control', 'no-store');
			}),
		);
		expect(client.fields.first('content-length')).toBe('4');
		expect(client.fields.first('cache-control')).toBe('no-store');
	});
});

test('ESC-15: a 2xx to CONNECT that is no placeholder is a 501, also behind a registration', async () => {
	const client = await escaped(
		answer,
		rewriting((parts) => {
			plain(parts);
			content(parts, 'page');
		}),
		{ method: 'CONNECT', protocol: 'websocket' },
	);
	expect(client.status).toBe(501);
	expect(client.text).toContain('opens no tunnels');
});

function type(parts: Parts): string {
	return (parts.fields.find(([name]) => name.toLowerCase() === 'content-type') as [string, string])[1];
}

function text(parts: Parts): string {
	return String.fromCharCode(...parts.content);
}

function content(parts: Parts, given: string): void {
	parts.content = utf8(given);
	setField(parts, 'content-length', null);
}

function coded(coding: string, encode: (content: Uint8Array) => Uint8Array): (parts: Parts) => void {
	return (parts) => {
		parts.content = encode(parts.content);
		setField(parts, 'content-encoding', coding);
		setField(parts, 'content-length', null);
	};
}

describe('ESC-12: the 500 does not wait for what has no end', () => {
	test('over the gateway', async () => {
		let closed = false;
		const endless = gateway(async (environ, startResponse) => {
			await underGateway(answer)(environ, startResponse);
			return withClose(
				(async function* () {
					for (;;) yield utf8('tick\n');
				})(),
				() => {
					closed = true;
				},
			);
		});
		const client = await escaped(endless);
		expect([client.status, client.text]).toEqual([500, 'Internal Server Error\n']);
		expect(client.faults.map(String).join()).toContain('ESC-12');
		expect(closed).toBe(true);
	});
	test('over fetch', async () => {
		let cancelled = false;
		const endless = fetchApp((request) => {
			const { headers } = escape(request, answer);
			const body = new ReadableStream({
				pull: (controller) => controller.enqueue(utf8('tick\n')),
				cancel: () => {
					cancelled = true;
				},
			});
			return new Response(body, { headers: { 'content-type': headers.get('content-type') as string } });
		});
		const client = recorded(fetchToRich(endless));
		for (let turn = 0; turn < 20; turn++) await settled();
		expect([client.status, client.text]).toEqual([500, 'Internal Server Error\n']);
		expect(client.faults.map(String).join()).toContain('ESC-12');
		expect(cancelled).toBe(true);
	});
	test('over node', async () => {
		let closed = false;
		const endless = node((req, res) => {
			const { headers } = placeholder(req, answer);
			res.writeHead(200, { 'content-type': headers['content-type'] as string });
			const timer = setInterval(() => res.write('tick\n'), 1);
			res.on('close', () => {
				closed = true;
				clearInterval(timer);
			});
		});
		const client = recorded(nodeToRich(endless));
		while (!closed) await new Promise((resolve) => setTimeout(resolve, 5));
		await settled();
		expect([client.status, client.text]).toEqual([500, 'Internal Server Error\n']);
		expect(client.faults.map(String).join()).toContain('ESC-12');
	});
});
