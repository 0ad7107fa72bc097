/** The laws of composition of the fetch pair: round the other layer and back, all that can be seen is the same. */
import fc from 'fast-check';
import { type RichApp, type RichFunction, rich, utf8 } from 'rsgi';
import { fetchToRich, richToFetch } from 'rsgi/adapters';
import { type FetchApp, type FetchContext, fetch as fetchApp } from 'rsgi/fetch';
import { expect, test } from 'vitest';
import { latin1Decode } from '../../src/wire/latin1.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

const RUNS = { numRuns: 200 };

/** What an application does. */
const script = fc.record({
	status: fc.constantFrom(200, 201, 204, 304, 404, 500),
	fields: fc.array(
		fc.tuple(fc.constantFrom('x-a', 'X-B', 'set-cookie', 'vary', 'content-type'), fc.constantFrom('1', 'two, 2', '')),
		{ maxLength: 5 },
	),
	chunks: fc.array(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 4 }),
	/** When it fails, if it does. */
	fails: fc.constantFrom('never', 'at once', 'behind the chunks'),
	/** Turns of the event loop before the response, and before each chunk. */
	slow: fc.nat(2),
	reads: fc.boolean(),
});

type Script = typeof script extends fc.Arbitrary<infer T> ? T : never;

const BROKEN = new Error('broken');

async function pause(turns: number): Promise<void> {
	for (let turn = 0; turn < turns; turn++) await settled();
}

const isEmpty = ({ status }: Script): boolean => status === 204 || status === 304;

function scriptedFetch(told: Script): FetchApp {
	return fetchApp(async (request) => {
		await pause(told.slow);
		const text = told.reads ? await request.text() : '';
		if (told.fails === 'at once') throw BROKEN;
		const init = { status: told.status, headers: told.fields };
		if (isEmpty(told)) return new Response(null, init);
		const chunks = [text, ...told.chunks].filter((chunk) => chunk !== '');
		return new Response(
			new ReadableStream<Uint8Array>({
				async pull(controller) {
					await pause(told.slow);
					const chunk = chunks.shift();
					if (chunk !== undefined) controller.enqueue(utf8(chunk));
					else if (told.fails === 'never') controller.close();
					else controller.error(BROKEN);
				},
			}),
			init,
		);
	});
}

function scriptedRich(told: Script): RichApp {
	const run: RichFunction = async (exchange) => {
		await pause(told.slow);
		let text = '';
		if (told.reads) {
			await new Promise<void>((resolve) => {
				exchange.attach({
					data: (chunk) => {
						text += latin1Decode(chunk, 0, chunk.length);
					},
					end: () => resolve(),
				});
			});
		}
		if (told.fails === 'at once') throw BROKEN;
		exchange.respond(told.status, told.fields.flat());
		if (!isEmpty(told)) {
			if (text !== '') exchange.write(utf8(text));
			for (const chunk of told.chunks) {
				await pause(told.slow);
				exchange.write(utf8(chunk));
			}
			if (told.fails !== 'never') {
				await pause(1);
				throw BROKEN;
			}
		}
		exchange.end();
	};
	return rich(run);
}

test('FETCH-50: a fetch application made rich and fetch again', async () => {
	const seen = async (app: FetchApp, content: string): Promise<unknown> => {
		try {
			const init = content === '' ? {} : { method: 'POST', body: content };
			const response = await app(new Request('http://a/', init), { waitUntil() {} } as unknown as FetchContext);
			const fields = trimmed(response.headers);
			const head = { status: response.status, fields, cookies: response.headers.getSetCookie() };
			let text = '';
			try {
				for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>)
					text += new TextDecoder().decode(chunk);
			} catch (error) {
				return { ...head, text, error };
			}
			return { ...head, text };
		} catch (error) {
			return { error };
		}
	};
	await fc.assert(
		fc.asyncProperty(script, fc.constantFrom('', 'content'), async (told, content) => {
			const plain = await seen(scriptedFetch(told), content);
			expect(await seen(round(scriptedFetch(told)), content)).toEqual(plain);
			expect(await seen(round(round(scriptedFetch(told))), content)).toEqual(plain);
		}),
		RUNS,
	);
});

/** White space at an edge, as lines leave it that are joined and of which one is empty, is no part of a value (RFC 9110 §5.5). */
function trimmed(headers: Headers): string[][] {
	return [...headers].map(([name, value]) => [name, value.trim()]);
}

function round(app: FetchApp): FetchApp {
	return richToFetch(fetchToRich(app), { log() {} });
}

test('FETCH-51: a rich application made fetch and rich again', async () => {
	const seen = async (app: RichApp, content: string): Promise<unknown> => {
		const asked = recorded(app, { method: 'POST', hasContent: content !== '' });
		if (content !== '') {
			asked.client.send(utf8(content));
			asked.client.end();
		}
		for (let turn = 0; turn < 100 && !asked.log.some((line) => /^(?:end|reset)/.test(line)); turn++) await settled();
		await pause(5);
		const fields = trimmed(new Headers([...asked.fields]));
		const last = asked.log.filter((line) => /^(?:end|reset)/.test(line));
		return { status: asked.status, fields, text: asked.text, last, faults: asked.faults };
	};
	await fc.assert(
		fc.asyncProperty(script, fc.constantFrom('', 'content'), async (told, content) => {
			const plain = await seen(scriptedRich(told), content);
			expect(await seen(fetchToRich(richToFetch(scriptedRich(told))), content)).toEqual(plain);
		}),
		RUNS,
	);
});
