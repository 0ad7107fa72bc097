/** spec/gateway.md §9: the end. */
import { type Body, bytes, type Environ, type GatewayFunction, withClose } from 'rsgi/gateway';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/wire/utf8.ts';
import { answering, blocks, type Requested, requested, turns } from '../support/gateway-request.ts';

const FAILED = ['respond 500 content-type: text/plain; charset=utf-8', 'data Internal Server Error\n', 'end'];

/** Something that closes, some turns later, and says so. */
const closing = (log: string[], name: string) => async () => {
	log.push(`${name} begins`);
	await turns(2);
	log.push(`${name} ends`);
};

/** An application with a resource. */
const withResource =
	(log: string[], run: GatewayFunction): GatewayFunction =>
	(environ, startResponse) => {
		environ['rsgi.closing']({ close: closing(log, 'resource') });
		return run(environ, startResponse);
	};

const ENDS = ['close begins', 'close ends', 'resource begins', 'resource ends'];

describe('GATE-61: close() comes once, after the last block, and then the resources', () => {
	test.each([
		['an array', () => blocks('a', 'b')],
		[
			'a generator',
			() =>
				(function* () {
					yield* blocks('a', 'b');
				})(),
		],
		[
			'an async generator',
			() =>
				(async function* () {
					yield* blocks('a', 'b');
				})(),
		],
	] as const)('%s', async (_name, bodyOf) => {
		const log: string[] = [];
		const body: Body = withClose(bodyOf(), closing(log, 'close'));
		const asked = requested(withResource(log, answering(body)));
		asked.client.events = { ...asked.client.events, end: () => log.push('end') };
		await turns(20);
		// The end was sent before, and arrives a little later.
		expect(log.filter((line) => line !== 'end')).toEqual(ENDS);
		expect(log.indexOf('end')).toBeLessThan(log.indexOf('close ends'));
		expect(asked.text).toBe('ab');
		expect(asked.faults).toEqual([]);
	});

	test('an array with a close() of its own', async () => {
		const log: string[] = [];
		requested(withResource(log, answering(Object.assign(blocks('a'), { close: closing(log, 'close') }))));
		await turns(20);
		expect(log).toEqual(ENDS);
	});

	test('an array that is refused is closed too', async () => {
		const log: string[] = [];
		const asked = requested(answering(Object.assign(['x'], { close: closing(log, 'close') }) as never));
		await turns();
		expect(asked.log).toEqual(FAILED);
		expect(log).toEqual(['close begins', 'close ends']);
	});

	test.each([
		['throws', () => Promise.reject(new Error('x'))],
		['gives no body', () => 'text' as never],
	])('an application that %s', async (_name, run) => {
		const log: string[] = [];
		const asked = requested(withResource(log, run));
		await turns(20);
		expect(asked.log).toEqual(FAILED);
		expect(log).toEqual(['resource begins', 'resource ends']);
	});

	test('a resource that comes after the end is closed at once, and a failure of it is told', async () => {
		let environ: Environ | null = null;
		const asked = requested((given, startResponse) => {
			environ = given;
			return answering(blocks('a'))(given, startResponse);
		});
		await turns();
		const log: string[] = [];
		const register = (environ as unknown as Environ)['rsgi.closing'];
		register({ close: () => void log.push('closed') });
		expect(log).toEqual(['closed']);
		register({
			close() {
				throw new Error('stuck');
			},
		});
		expect(asked.lines).toEqual(['A resource that came late did not close: Error: stuck']);
	});
});

/** A body whose steps are in the test's hands, and which says what is done with it. */
class Scripted {
	readonly log: string[] = [];
	readonly body: Body;
	give: (block: Uint8Array) => void = () => {};
	fail: (error: unknown) => void = () => {};

	constructor(first: Uint8Array | null = null) {
		let next = first;
		const iterator: AsyncIterator<Uint8Array> = {
			next: () => {
				this.log.push('next');
				const value = next;
				next = null;
				if (value !== null) return Promise.resolve({ done: false, value });
				return new Promise((resolve, reject) => {
					this.give = (block) => resolve({ done: false, value: block });
					this.fail = reject;
				});
			},
			return: async () => {
				this.log.push('return');
				return { done: true, value: undefined };
			},
		};
		this.body = { [Symbol.asyncIterator]: () => iterator, close: closing(this.log, 'close') };
	}
}

describe('GATE-62: a disconnect ends the body at once', () => {
	const leave: [string, (asked: Requested) => void][] = [
		['lost', (asked) => asked.client.lose()],
		['reset', (asked) => asked.client.reset(8)],
	];

	test.each(leave)('while a step is pending, which is not waited for: %s', async (_name, go) => {
		const scripted = new Scripted();
		const asked = requested(withResource(scripted.log, answering(scripted.body)));
		await turns();
		go(asked);
		await turns(20);
		expect(scripted.log).toEqual(['next', 'return', ...ENDS]);
		scripted.fail(new Error('nobody is interested'));
		await turns();
		expect(asked.faults).toEqual([]);
	});

	test.each(leave)('while output waits: %s', async (_name, go) => {
		const scripted = new Scripted(new Uint8Array(100_000));
		const asked = requested(withResource(scripted.log, answering(scripted.body)));
		asked.client.pause();
		await turns();
		go(asked);
		await turns(20);
		expect(scripted.log).toEqual(['next', 'return', ...ENDS]);
		expect(asked.faults).toEqual([]);
	});

	test('a generator runs its finally, though it never gets another step', async () => {
		const log: string[] = [];
		let wake: () => void = () => {};
		const body = (async function* () {
			try {
				yield utf8('a');
				await new Promise<void>((resolve) => {
					wake = resolve;
				});
				yield utf8('b');
			} finally {
				log.push('finally');
			}
		})();
		const asked = requested(answering(withClose(body, () => wake())));
		await turns();
		asked.client.lose();
		await turns();
		expect(log).toEqual(['finally']);
		expect(asked.faults).toEqual([]);
	});

	test('an application that has not given its body is waited for, and the body is closed unread', async () => {
		const scripted = new Scripted();
		let give: (body: Body) => void = () => {};
		const asked = requested(
			withResource(scripted.log, (_environ, startResponse) => {
				startResponse(bytes('200 OK'), []);
				return new Promise((resolve) => {
					give = resolve;
				});
			}),
		);
		await turns();
		asked.client.lose();
		await turns();
		expect(scripted.log).toEqual([]);
		give(scripted.body);
		await turns(20);
		expect(scripted.log).toEqual(ENDS);
		expect(asked.faults).toEqual([]);
	});

	test('what fails in closing is told, all of it', async () => {
		const scripted = new Scripted();
		const body: Body = {
			...scripted.body,
			close() {
				throw new Error('close');
			},
		};
		const asked = requested((environ, startResponse) => {
			environ['rsgi.closing']({ close: () => Promise.reject(new Error('resource')) });
			return answering(body)(environ, startResponse);
		});
		await turns();
		asked.client.lose();
		await turns();
		const [fault] = asked.faults as [AggregateError];
		expect(fault).toBeInstanceOf(AggregateError);
		expect(fault.errors.map(String)).toEqual([
			'Error: close',
			"AggregateError: 1 of the request's resources did not close.",
		]);
	});
});

describe('GATE-63: failures', () => {
	const failing: [string, GatewayFunction][] = [
		[
			'thrown',
			() => {
				throw new Error('broken');
			},
		],
		['rejected', () => Promise.reject(new Error('broken'))],
		[
			'in the first step',
			(_environ, startResponse) => {
				startResponse(bytes('200 OK'), []);
				// biome-ignore lint/correctness/useYield: it fails before
				return (function* (): Generator<Uint8Array> {
					throw new Error('broken');
				})();
			},
		],
	];

	test.each(failing)('before the head: 500 (%s)', async (_name, run) => {
		const asked = requested(run);
		await turns();
		expect(asked.log).toEqual(FAILED);
		expect(asked.faults.map(String)).toEqual(['Error: broken']);
	});

	test.each(['sync', 'async'])('after the head: a reset, before what closes slowly (%s)', async (kind) => {
		const log: string[] = [];
		const body: Body =
			kind === 'sync'
				? (function* () {
						yield utf8('a');
						throw new Error('broken');
					})()
				: (async function* () {
						yield utf8('a');
						throw new Error('broken');
					})();
		const asked = requested(answering(withClose(body, closing(log, 'close'))));
		asked.client.events = { ...asked.client.events, reset: (code) => log.push(`reset ${code}`) };
		await turns(20);
		expect(asked.log).toEqual(['respond 200', 'data a']);
		expect(log).toEqual(['reset 2', 'close begins', 'close ends']);
		expect(asked.faults.map(String)).toEqual(['Error: broken']);
	});

	test('after the end: a line in the log', async () => {
		const body: Body = withClose(blocks('a'), () => Promise.reject(new Error('close')));
		const asked = requested(answering(body));
		await turns();
		expect(asked.log).toEqual(['respond 200', 'data a', 'end']);
		expect(asked.faults.map(String)).toEqual(['Error: close']);
	});

	test('that the exchange ended is none', async () => {
		const asked = requested(
			async (environ, startResponse) => {
				await environ['wsgi.input'].read();
				startResponse(bytes('200 OK'), []);
				return [];
			},
			{ method: 'POST', hasContent: true },
		);
		await turns();
		asked.client.lose();
		await turns();
		expect(asked.faults).toEqual([]);
	});
});
