import { describe, expect, it } from 'vitest';
import { type FileOptions, fileResponse } from '../../src/app/files.ts';
import { mediaType } from '../../src/app/media-type.ts';
import { rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import { pair } from '../../src/rich/pair.ts';
import { WrappedExchange } from '../../src/rich/wrapped-exchange.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { requestFile } from '../support/file-request.ts';
import { LONG_AGO, LONG_AGO_TEXT, MemoryFile } from '../support/memory-file.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

function patterned(length: number): Uint8Array {
	return Uint8Array.from({ length }, (_, i) => (i * 7) ^ (i >> 8));
}

/** An application that returns the response, and how its promise has settled: pending, resolved or the error. */
function returning(file: MemoryFile, options: FileOptions = {}) {
	const seen = { settled: 'pending' as unknown, exchange: null as Exchange | null };
	const app = rich((exchange) => {
		seen.exchange = exchange;
		const answer = fileResponse(exchange, file, options);
		answer.then(
			() => {
				seen.settled = 'resolved';
			},
			(error: unknown) => {
				seen.settled = error;
			},
		);
		return answer;
	});
	return { app, seen };
}

describe('RICH-48 a file as a response', () => {
	it('is a 200 with what there is to say of it', async () => {
		const file = new MemoryFile(utf8('hello, world\n'));
		const { log } = await requestFile(file, [], { name: 'hello.txt', fields: ['cache-control', 'max-age=60'] });
		expect(log).toEqual([
			'respond 200 cache-control: max-age=60 content-type: text/plain; charset=utf-8 content-length: 13 ' +
				`accept-ranges: bytes etag: "d-${LONG_AGO.getTime().toString(16)}" last-modified: ${LONG_AGO_TEXT}`,
			'data hello, world\n',
			'end',
		]);
		expect([file.reads, file.closed]).toEqual([1, 1]);
	});

	it('RFC 9110 §9.3.2 to HEAD is the same head, and nothing is read', async () => {
		const file = new MemoryFile(utf8('hello, world\n'));
		const get = await requestFile(new MemoryFile(utf8('hello, world\n')));
		const head = await requestFile(file, { method: 'HEAD' });
		expect(head.log).toEqual([get.log[0], 'end']);
		expect([file.reads, file.closed]).toEqual([0, 1]);
	});

	it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'get', 'QUERY', 'CONNECT'])(
		'RFC 9110 §15.5.6 to %s is a 405 with Allow',
		async (method) => {
			const file = new MemoryFile(utf8('hello'));
			const { status, fields } = await requestFile(file, { method });
			expect([status, fields.first('allow')]).toEqual([405, 'GET, HEAD']);
			expect([file.reads, file.closed]).toEqual([0, 1]);
		},
	);

	it('that is not there is a 404', async () => {
		const { status, text } = await requestFile(null, [], { fields: ['cache-control', 'max-age=60'] });
		expect([status, text]).toEqual([404, 'Not Found\n']);
	});

	it('may be empty', async () => {
		const file = new MemoryFile(new Uint8Array(0));
		const { status, fields, log } = await requestFile(file);
		expect([status, fields.first('content-length'), log.length]).toEqual([200, '0', 2]);
		expect([file.reads, file.closed]).toEqual([0, 1]);
	});

	it('is read in chunks of 64 KiB, in order', async () => {
		const content = patterned(MIB + 1);
		const file = new MemoryFile(content);
		expect((await requestFile(file)).content).toEqual(content);
		expect(file.reads).toBe(17);
	});

	it('may come in smaller chunks', async () => {
		const content = patterned(10_000);
		const file = Object.assign(new MemoryFile(content), { readMax: 999 });
		expect((await requestFile(file)).content).toEqual(content);
		expect(file.reads).toBe(11);
	});

	it('discards content of the request', async () => {
		const file = new MemoryFile(utf8('hello'));
		const { app, seen } = returning(file);
		const client = recorded(app, { hasContent: true, expectsContinue: true });
		client.client.send(utf8('unwanted'));
		await settled();
		expect(client.log.filter((event) => !event.startsWith('respond'))).toEqual(['discard', 'data hello', 'end']);
		expect([client.credited, seen.settled, seen.exchange?.outcome?.reason]).toEqual([0, 'resolved', 'complete']);
	});

	it('goes through middleware', async () => {
		class Stamped extends WrappedExchange {
			override respond(status: number, fields: Fields): void {
				super.respond(status, fields.clone().append('x-stamp', '1'));
			}
		}
		const { app, seen } = returning(new MemoryFile(utf8('hello')));
		const client = recorded(rich((exchange) => WrappedExchange.run(app, new Stamped(exchange))));
		await settled();
		expect([client.fields.first('x-stamp'), client.text, seen.settled]).toEqual(['1', 'hello', 'resolved']);
	});

	it.each(['Content-Type', 'content-length', 'Content-Range', 'ETag', 'Last-Modified', 'Accept-Ranges'])(
		'takes no %s among its fields',
		async (name) => {
			const file = new MemoryFile(utf8('hello'));
			await expect(requestFile(file, [], { fields: [name, '1'] })).rejects.toThrow('RICH-48');
			expect(file.closed).toBe(1);
		},
	);

	it('changes no fields it is given', async () => {
		const fields = Fields.of('content-encoding', 'gzip');
		await requestFile(new MemoryFile(utf8('hello')), ['if-none-match', '*'], { fields });
		expect(fields.lines).toEqual(['content-encoding', 'gzip']);
	});

	it('attaches itself: beside another handler it is misuse, and the file is closed (RICH-4)', async () => {
		const file = new MemoryFile(utf8('hello'));
		const client = recorded(
			rich(async (exchange) => {
				exchange.attach({});
				await fileResponse(exchange, file);
			}),
		);
		await settled();
		expect([client.status, file.closed, String(client.faults)]).toEqual([500, 1, expect.stringContaining('RICH-4')]);
	});

	it('does no harm to a response that somebody else has ended', async () => {
		const file = new MemoryFile(utf8('hello'));
		const client = recorded(
			rich(async (exchange) => {
				exchange.respond(200);
				exchange.end(utf8('other'));
				await fileResponse(exchange, file);
			}),
		);
		await settled();
		expect(client.log).toEqual(['respond 200', 'data other', 'end']);
		expect(file.closed).toBe(1);
	});
});

describe('RICH-48 the Content-Type of a file', () => {
	it.each([
		['index.html', 'text/html; charset=utf-8'],
		['INDEX.HTML', 'text/html; charset=utf-8'],
		['/srv/v1.2/app.min.js', 'text/javascript; charset=utf-8'],
		['data.json', 'application/json'],
		['image.svg', 'image/svg+xml'],
		['module.wasm', 'application/wasm'],
		['README', 'application/octet-stream'],
		['/srv/v1.html/README', 'application/octet-stream'],
		['x.unknown', 'application/octet-stream'],
		['x.', 'application/octet-stream'],
		['', 'application/octet-stream'],
		['x.constructor', 'application/octet-stream'],
	])('%s → %s', (name, type) => {
		expect(mediaType(name)).toBe(type);
	});

	it('is that of the option, if there is one', async () => {
		const { fields } = await requestFile(new MemoryFile(utf8('x')), [], { name: 'a.html', type: 'text/x-own' });
		expect(fields.all('content-type')).toEqual(['text/x-own']);
	});
});

describe('RICH-48 reading no faster than the client', () => {
	it('reads one chunk for a client that takes nothing', async () => {
		const file = new MemoryFile(patterned(10 * MIB));
		const { app, seen } = returning(file);
		const client = recorded(app);
		client.client.pause();
		for (let i = 0; i < 100; i++) await settled();
		expect([file.reads, file.bytesRead, file.closed]).toEqual([1, 64 * KIB, 0]);
		expect(seen.settled).toBe('pending');

		client.client.resume();
		await settled();
		expect([file.reads, file.closed, client.content.length]).toEqual([160, 1, 10 * MIB]);
		expect(seen.settled).toBe('resolved');
	});

	it('holds no more than the high mark and a chunk at any time', async () => {
		const file = new MemoryFile(patterned(2 * MIB));
		const { app } = returning(file);
		const client = recorded(app);
		let taken = 0;
		let most = 0;
		client.client.events = {
			data(chunk) {
				most = Math.max(most, file.bytesRead - taken);
				taken += chunk.length;
				client.client.pause();
			},
		};
		while (taken < file.size) {
			client.client.resume();
			await settled();
		}
		expect(most).toBeLessThanOrEqual(128 * KIB);
	});

	it('keeps to marks of other sizes', async () => {
		const file = new MemoryFile(patterned(MIB));
		const { app } = returning(file);
		const client = recorded(app, {}, { marks: { high: MIB / 4, hard: MIB } });
		client.client.pause();
		await settled();
		expect(file.bytesRead).toBe(MIB / 4);
		client.client.resume();
		await settled();
		expect(client.content).toEqual(patterned(MIB));
	});

	it.each([
		[{ high: 16 * KIB, hard: 20 * KIB }],
		[{ high: 64 * KIB, hard: 64 * KIB }],
		[{ high: 100, hard: 100 }],
		[{ high: 1, hard: 1 }],
	])('writes in pieces where the hard mark has no room for a chunk: %o', async (marks) => {
		const content = patterned(200_000);
		const file = new MemoryFile(content);
		const client = recorded(returning(file).app, { fields: ['range', 'bytes=0-99999,100001-199999'] }, { marks });
		let taken = 0;
		let isOdd = false;
		const data = client.client.events.data;
		client.client.events.data = (chunk) => {
			taken += chunk.length;
			data?.(chunk);
			// Now and then some of it is taken and some is not.
			isOdd = !isOdd;
			if (isOdd) client.client.pause();
		};
		for (let i = 0; i < 10_000 && client.log.at(-1) !== 'end'; i++) {
			client.client.resume();
			await settled();
		}
		expect([client.faults, taken]).toEqual([[], Number(client.fields.first('content-length'))]);
		// Behind the second part comes the last boundary.
		const tail = '\r\n--'.length + 36 + '--\r\n'.length;
		expect(client.content.subarray(-tail - 99_999, -tail)).toEqual(content.subarray(100_001));
	});

	it('keeps to them within the parts of several ranges', async () => {
		const file = new MemoryFile(patterned(MIB));
		const { app } = returning(file);
		const client = recorded(app, { fields: ['range', 'bytes=0-299999,400000-799999'] });
		client.client.pause();
		await settled();
		expect(file.reads).toBe(1);
		client.client.resume();
		await settled();
		expect(file.bytesRead).toBe(700_000);
		expect(client.content.length).toBe(Number(client.fields.first('content-length')));
	});
});

describe('RICH-48 when it does not go well', () => {
	it.each([
		['resets', (client: ReturnType<typeof recorded>) => client.client.reset(ErrorCode.CANCEL), 'reset'],
		['is lost', (client: ReturnType<typeof recorded>) => client.client.lose(), 'lost'],
	])('stops reading and closes the file when the client %s', async (_how, leave, reason) => {
		const file = new MemoryFile(patterned(MIB));
		const { app, seen } = returning(file);
		const client = recorded(app);
		client.client.pause();
		await settled();
		leave(client);
		await settled();
		expect([file.reads, file.closed, seen.settled]).toEqual([1, 1, 'resolved']);
		expect(seen.exchange?.outcome?.reason).toBe(reason);
		expect(client.faults).toEqual([]);
	});

	it('reads nothing for a client that has gone before', async () => {
		const file = new MemoryFile(utf8('hello'));
		const client = recorded(
			rich(async (exchange) => {
				await settled();
				await fileResponse(exchange, file);
			}),
		);
		client.client.lose();
		await settled();
		await settled();
		expect([file.reads, file.closed, client.faults]).toEqual([0, 1, []]);
	});

	it('stops when the application aborts the exchange', async () => {
		const file = new MemoryFile(patterned(MIB));
		const { app, seen } = returning(file);
		const client = recorded(app);
		client.client.pause();
		await settled();
		seen.exchange?.abort();
		await settled();
		expect([file.reads, file.closed, seen.settled]).toEqual([1, 1, 'resolved']);
	});

	it('resets when the file has become shorter, and says so', async () => {
		const file = Object.assign(new MemoryFile(patterned(MIB)), { end: 100_000 });
		const { app, seen } = returning(file);
		const client = recorded(app);
		await settled();
		expect(client.log.at(-1)).toBe(`reset ${ErrorCode.INTERNAL_ERROR}`);
		expect([client.content.length <= 100_000, file.closed]).toEqual([true, 1]);
		expect(String(seen.settled)).toContain('shorter');
		expect(client.faults).toHaveLength(1);
	});

	it('sends no more than was announced when the file has grown', async () => {
		const file = new MemoryFile(utf8('hello, world'));
		const grown = Object.create(file, { size: { value: 5 } }) as MemoryFile;
		const asked: number[] = [];
		grown.read = (position, length) => {
			asked.push(length);
			return file.read(position, length);
		};
		grown.close = () => file.close();
		expect((await requestFile(grown)).text).toBe('hello');
		expect(asked).toEqual([5]);
	});

	it('is a 500 when the first read fails', async () => {
		const error = new Error('bad sector');
		const file = Object.assign(new MemoryFile(patterned(MIB)), { failure: { at: 0, error } });
		const { app } = returning(file);
		const client = recorded(app);
		await settled();
		expect([client.status, file.closed, client.faults]).toEqual([500, 1, [error]]);
	});

	it('is a reset when a later one does', async () => {
		const error = new Error('bad sector');
		const file = Object.assign(new MemoryFile(patterned(MIB)), { failure: { at: 500_000, error } });
		const { app } = returning(file);
		const client = recorded(app);
		await settled();
		expect(client.log.at(-1)).toBe(`reset ${ErrorCode.INTERNAL_ERROR}`);
		expect([file.closed, client.faults]).toEqual([1, [error]]);
	});

	it('is a reset even when whoever awaits it catches the error', async () => {
		const file = Object.assign(new MemoryFile(patterned(MIB)), { end: 100_000 });
		const client = recorded(
			rich(async (exchange) => {
				await fileResponse(exchange, file).catch(() => {});
			}),
		);
		await settled();
		expect(client.log.at(-1)).toBe(`reset ${ErrorCode.INTERNAL_ERROR}`);
		expect(client.faults).toEqual([]);
	});

	it('lets whoever awaits it answer when nothing has been sent', async () => {
		const file = Object.assign(new MemoryFile(patterned(10)), { end: 0 });
		const client = recorded(
			rich(async (exchange) => {
				try {
					await fileResponse(exchange, file);
				} catch {
					exchange.respond(503);
					exchange.end();
				}
			}),
		);
		await settled();
		expect([client.status, client.faults]).toEqual([503, []]);
	});

	it('refuses a source that gives more than was asked for', async () => {
		const file = new MemoryFile(patterned(10));
		file.read = async () => new Uint8Array(11);
		const { app } = returning(file);
		const client = recorded(app);
		await settled();
		expect([client.status, String(client.faults)]).toEqual([500, expect.stringContaining('asked for 10 bytes')]);
	});

	it('lets go of the file when the client leaves within a chunk that goes out in pieces', async () => {
		const file = new MemoryFile(patterned(64 * KIB));
		const { app, seen } = returning(file);
		const client = pair(app, { fields: ['range', 'bytes=0-9999,20000-29999'] }, { marks: { high: 1024, hard: 2048 } });
		client.pause();
		await settled();
		expect(seen.exchange?.responded).toBe(true);
		client.lose();
		await settled();
		expect(seen.settled).toBe('resolved');
		expect(file.closed).toBe(1);
	});
});
