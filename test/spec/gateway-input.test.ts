/** spec/gateway.md §7: input, errors, files. */
import { ExchangeEnded, Misuse } from 'rsgi';
import { gatewayToRich } from 'rsgi/adapters';
import { type Body, bytes, type Environ, gateway, type Input } from 'rsgi/gateway';
import { pair } from 'rsgi/memory';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { latin1Decode } from '../../src/wire/latin1.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { answering, environFor, type Requested, requested, turns } from '../support/gateway-request.ts';
import { refusal } from '../support/refusal.ts';
import { settled } from '../support/settled.ts';

const text = (octets: Uint8Array): string => latin1Decode(octets, 0, octets.length);
const POST = { method: 'POST', hasContent: true } as const;

/** A request whose application waits until it is told to answer; its input is in the test's hands. */
async function open(request = {}): Promise<{ input: Input; asked: Requested; answer: () => void }> {
	let environ: Environ | null = null;
	let answer: () => void = () => {};
	const asked = requested(
		(given, startResponse) => {
			environ = given;
			startResponse(bytes('200 OK'), []);
			return new Promise<Body>((resolve) => {
				answer = () => resolve([]);
			});
		},
		{ ...POST, ...request },
	);
	await settled();
	return { input: (environ as unknown as Environ)['wsgi.input'], asked, answer };
}

/** An input whose whole content has been sent in these chunks. */
async function filled(...chunks: string[]): Promise<Input> {
	const { input, asked } = await open();
	for (const chunk of chunks) asked.client.send(utf8(chunk));
	asked.client.end();
	return input;
}

describe('GATE-41: reads', () => {
	test('read() gives so many octets, fewer only at the end', async () => {
		const input = await filled('abc', 'de', 'fghij');
		const parts: string[] = [];
		for (const size of [2, 4, 0, 3, 9, 9]) parts.push(text(await input.read(size)));
		expect(parts).toEqual(['ab', 'cdef', '', 'ghi', 'j', '']);
	});

	test('without a size, or with a negative one, it gives all', async () => {
		expect(text(await (await filled('abc', 'de')).read())).toBe('abcde');
		expect(text(await (await filled('abc', 'de')).read(-1))).toBe('abcde');
		const input = await filled();
		expect(text(await input.read())).toBe('');
		expect(text(await input.read(5))).toBe('');
	});

	test('readline() gives lines, or parts of them', async () => {
		const input = await filled('on', 'e\ntw', 'o\n\n', 'thr', 'ee');
		const parts: string[] = [];
		for (const size of [undefined, 2, 9, undefined, 2, undefined, undefined])
			parts.push(text(await input.readline(size)));
		expect(parts).toEqual(['one\n', 'tw', 'o\n', '\n', 'th', 'ree', '']);
	});

	test('readlines() and iteration give all lines; a hint ends them', async () => {
		const chunks = ['a\nb', 'b\n', 'cc\nd'];
		expect((await (await filled(...chunks)).readlines()).map(text)).toEqual(['a\n', 'bb\n', 'cc\n', 'd']);
		const input = await filled(...chunks);
		expect((await input.readlines(3)).map(text)).toEqual(['a\n', 'bb\n']);
		const rest: string[] = [];
		for await (const line of input) rest.push(text(line));
		expect(rest).toEqual(['cc\n', 'd']);
	});

	test('any order of reads, over any chunks, gives the content', async () => {
		const content = Array.from({ length: 300 }, (_, at) => (at % 7 === 3 ? '\n' : String(at % 10))).join('');
		for (const step of [1, 2, 5, 64, 300]) {
			const input = await filled(...(content.match(new RegExp(`[^]{1,${step}}`, 'g')) ?? []));
			let all = '';
			for (let turn = 0; ; turn++) {
				const part = await (turn % 3 === 0 ? input.read(3) : turn % 3 === 1 ? input.readline() : input.readline(4));
				if (part.length === 0) break;
				all += text(part);
			}
			expect(all).toBe(content);
		}
	});

	test('a size that is none is rejected', async () => {
		const input = await filled('abc');
		for (const size of [1.5, Number.NaN, '3' as never]) {
			await expect(input.read(size)).rejects.toThrow('GATE-41');
			await expect(input.readline(size)).rejects.toThrow('GATE-41');
			await expect(input.readlines(size)).rejects.toThrow('GATE-41');
		}
		expect(text(await input.read(3))).toBe('abc');
	});
});

describe('GATE-44: what is read and not awaited cannot end the process', () => {
	async function unhandled(act: () => unknown): Promise<unknown[]> {
		const noted: unknown[] = [];
		const note = (error: unknown): void => void noted.push(error);
		process.on('unhandledRejection', note);
		onTestFinished(() => void process.off('unhandledRejection', note));
		act();
		await turns();
		await settled();
		return noted;
	}

	test('when the client goes away', async () => {
		const { input, asked } = await open();
		void input.readlines();
		expect(await unhandled(() => asked.client.reset(8))).toEqual([]);
		void input.readlines();
		void input.readline();
		expect(await unhandled(() => {})).toEqual([]);
	});

	test('when it is misuse', async () => {
		const { input } = await open();
		void input.read();
		expect(await unhandled(() => void [input.read(), input.readlines(), input.read(0.5)])).toEqual([]);
	});
});

test('GATE-42: a read while another is pending is rejected, and the other goes on', async () => {
	const { input, asked } = await open();
	const first = input.readline();
	await expect(input.read(1)).rejects.toThrow('GATE-42');
	await expect(input.readlines()).rejects.toThrow(Misuse);
	asked.client.send(utf8('a\nb\n'));
	expect(text(await first)).toBe('a\n');
	const lines = input.readlines();
	await expect(input.readline()).rejects.toThrow('GATE-42');
	asked.client.end();
	expect((await lines).map(text)).toEqual(['b\n']);
});

describe('GATE-43: content is pulled', () => {
	test('nothing is taken before the first read, and no more than reads ask for', async () => {
		const { input, asked } = await open();
		for (let at = 0; at < 10; at++) asked.client.send(new Uint8Array(1000));
		await turns();
		expect(asked.credited).toBe(0);
		expect((await input.read(1500)).length).toBe(1500);
		await turns();
		expect(asked.credited).toBe(2000);
		expect((await input.read(500)).length).toBe(500);
		await turns();
		expect(asked.credited).toBe(2000);
	});

	test('the first read sends 100 (Continue)', async () => {
		const { input, asked, answer } = await open({ expectsContinue: true });
		await turns();
		expect(asked.log).toEqual([]);
		const read = input.read();
		await turns();
		expect(asked.log).toEqual(['continue']);
		asked.client.send(utf8('abc'));
		asked.client.end();
		expect(text(await read)).toBe('abc');
		answer();
		await turns();
		expect(asked.log).toEqual(['continue', 'respond 200 content-length: 0', 'end']);
	});

	test('an answer without a read sends none', async () => {
		const asked = requested(answering([]), { ...POST, expectsContinue: true });
		await turns();
		expect(asked.log).toEqual(['respond 200 content-length: 0', 'end', 'discard']);
	});
});

describe('GATE-44: reads end with the exchange', () => {
	test('a pending read is rejected, and so are later ones', async () => {
		const { input, asked } = await open();
		asked.client.send(utf8('ab'));
		const read = input.read(5);
		await turns();
		asked.client.reset(8);
		await expect(read).rejects.toThrow(ExchangeEnded);
		await expect(input.read(1)).rejects.toThrow(ExchangeEnded);
		await expect(input.readline()).rejects.toThrow(ExchangeEnded);
		expect(asked.faults).toEqual([]);
	});

	test('after the response nothing is read, and the rest is discarded', async () => {
		const { input, asked, answer } = await open();
		asked.client.send(utf8('ab'));
		expect(text(await input.read(1))).toBe('a');
		answer();
		await turns();
		await expect(input.read(1)).rejects.toThrow(ExchangeEnded);
		expect(asked.log).toEqual(['respond 200 content-length: 0', 'end', 'discard']);
	});

	test('a first read after the response is rejected', async () => {
		let environ: Environ | null = null;
		requested((given, startResponse) => {
			environ = given;
			return answering([])(given, startResponse);
		}, POST);
		await turns();
		await expect((environ as unknown as Environ)['wsgi.input'].read()).rejects.toThrow(ExchangeEnded);
	});

	test('CONNECT has no content', async () => {
		const { input } = await open({ method: 'CONNECT', target: 'a:1' });
		expect(text(await input.read())).toBe('');
	});
});

describe('GATE-46: wsgi.errors', () => {
	test('becomes lines', async () => {
		const asked = requested((environ, startResponse) => {
			const errors = environ['wsgi.errors'];
			errors.write('one\ntw');
			errors.writelines(['o', '\n', 'three']);
			errors.flush();
			errors.flush();
			errors.write('\nfour');
			return answering([])(environ, startResponse);
		});
		await turns();
		expect(asked.lines).toEqual(['one', 'two', 'three', '', 'four']);
	});

	test('on standard error no line steers a terminal', async () => {
		const said = vi.spyOn(console, 'error').mockImplementation(() => {});
		try {
			const app = gateway((environ, startResponse) => {
				environ['wsgi.errors'].write('from a client: \x1b[2J\r\x85\tend\n');
				return answering([])(environ, startResponse);
			});
			pair(gatewayToRich(app));
			await turns();
			expect(said.mock.calls).toEqual([['from a client: \\x1b[2J\\x0d\\x85\tend']]);
		} finally {
			said.mockRestore();
		}
	});

	test('what is no text throws', async () => {
		const { 'wsgi.errors': errors } = await environFor({});
		expect(refusal('GATE-46', () => errors.write(1 as never))).toContain('not a number: write String(value)');
	});
});

describe('GATE-47: wsgi.file_wrapper', () => {
	const fileOf = (parts: string[], log: string[]) => ({
		read(size: number) {
			log.push(`read ${size}`);
			const part = utf8(parts.shift() ?? '');
			return parts.length % 2 === 0 ? part : Promise.resolve(part);
		},
		close: () => void log.push('close'),
	});

	test('gives what read() gives, and closes the file', async () => {
		const log: string[] = [];
		const asked = requested((environ, startResponse) => {
			const body = environ['wsgi.file_wrapper']?.(fileOf(['abc', 'de', 'f'], log), 3);
			return answering(body ?? [])(environ, startResponse);
		});
		await turns();
		expect(asked.log).toEqual(['respond 200', 'data abc', 'data de', 'data f', 'end']);
		expect(log).toEqual(['read 3', 'read 3', 'read 3', 'read 3', 'close']);
	});

	test('takes 8192 octets at a time, and a file without close()', async () => {
		const log: string[] = [];
		const { read } = fileOf(['a'], log);
		const asked = requested((environ, startResponse) =>
			answering(environ['wsgi.file_wrapper']?.({ read }) ?? [])(environ, startResponse),
		);
		await turns();
		expect(asked.text).toBe('a');
		expect(log).toEqual(['read 8192', 'read 8192']);
	});

	test('what is no file, or no size, throws', async () => {
		const { 'wsgi.file_wrapper': wrap } = await environFor({});
		expect(refusal('GATE-47', () => wrap?.({} as never))).toContain('a file with read(size)');
		for (const size of [0, -1, 1.5])
			expect(refusal('GATE-47', () => wrap?.(fileOf([], []), size))).toContain(String(size));
	});
});

test('GATE-48: blocks and reads may alternate', async () => {
	const asked = requested((environ, startResponse) => {
		startResponse(bytes('200 OK'), []);
		return (async function* () {
			for await (const line of environ['wsgi.input']) yield line;
		})();
	}, POST);
	for (const line of ['a\n', 'b\n']) {
		asked.client.send(utf8(line));
		await turns();
	}
	expect(asked.log).toEqual(['respond 200', 'data a\n', 'data b\n']);
	asked.client.end();
	await turns();
	expect(asked.log.at(-1)).toBe('end');
});
