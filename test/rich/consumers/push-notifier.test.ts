/** The contract tried: exchanges that are held open, to which somebody else pushes later. */
import { describe, expect, test } from 'vitest';
import { type RichApp, rich } from '../../../src/rich/app.ts';
import type { Exchange } from '../../../src/rich/exchange.ts';
import { ErrorCode } from '../../../src/wire/fault.ts';
import { utf8 } from '../../../src/wire/utf8.ts';
import { recorded } from '../../support/recorded-client.ts';
import { settled } from '../../support/settled.ts';

/** Holds who listens; what is published goes to each by push, or in the content where no push is taken. */
class Notifier {
	readonly listeners = new Set<Exchange>();
	/** How each notice ended: `complete 0`, `reset 7` … */
	readonly notices: string[] = [];
	readonly app: RichApp = rich((exchange) => {
		exchange.respond(200, ['content-type', 'text/plain']);
		this.listeners.add(exchange);
		return { closed: () => void this.listeners.delete(exchange) };
	});

	publish(target: string, text: string): void {
		const notice = rich((exchange) => {
			exchange.respond(200);
			exchange.end(utf8(text));
			return { closed: ({ reason, code }) => void this.notices.push(`${reason} ${code}`) };
		});
		for (const listener of this.listeners) {
			const push = listener.push;
			if (push !== null) push.call(listener, { target }, notice);
			else if (!listener.write(utf8(`${target}\n`))) listener.abort(ErrorCode.ENHANCE_YOUR_CALM);
		}
	}

	finish(): void {
		for (const listener of this.listeners) listener.end();
	}
}

describe('a push notifier', () => {
	test('pushes to all who listen, from outside, and each promise precedes what follows it', async () => {
		const notifier = new Notifier();
		const clients = [recorded(notifier.app), recorded(notifier.app)];
		await settled();
		expect(notifier.listeners.size).toBe(2);
		notifier.publish('/news/1', 'one');
		notifier.publish('/news/2', 'two');
		for (const listener of notifier.listeners) listener.write(utf8('after'));
		await settled();
		for (const client of clients) {
			expect(client.log.slice(-3)).toEqual(['push GET /news/1', 'push GET /news/2', 'data after']);
			expect(client.pushes.map((pushed) => pushed.text)).toEqual(['one', 'two']);
			expect(client.pushes[0]?.client.head).toMatchObject({ method: 'GET', authority: 'localhost', scheme: 'http' });
		}
		expect(notifier.notices).toEqual(Array(4).fill('complete 0'));
		notifier.finish();
		await settled();
		expect(notifier.listeners.size).toBe(0);
		expect(clients.flatMap((client) => client.faults)).toEqual([]);
	});

	test('falls back where the client takes no push', async () => {
		const notifier = new Notifier();
		const none = recorded(notifier.app, { takesPush: false });
		const old = recorded(notifier.app, { httpVersion: '1.1' });
		await settled();
		notifier.publish('/news', 'x');
		await settled();
		expect([none.text, old.text]).toEqual(['/news\n', '/news\n']);
		expect(notifier.notices).toEqual([]);
	});

	test('hears of a promise that the client refuses', async () => {
		const notifier = new Notifier();
		const client = recorded(notifier.app, {}, { onPush: (pushed) => pushed.client.reset(ErrorCode.REFUSED_STREAM) });
		await settled();
		notifier.publish('/unwanted', 'x');
		await settled();
		expect(notifier.notices).toEqual(['reset 7']);
		expect(client.pushes[0]?.log).toEqual([]);
		expect(notifier.listeners.size).toBe(1);
	});

	test('has nothing to do with a listener that has gone, not even in the turn in which it goes', async () => {
		const notifier = new Notifier();
		const client = recorded(notifier.app);
		await settled();
		const [listener] = notifier.listeners;
		const push = listener?.push;
		client.client.lose();
		let ran = false;
		push?.call(
			listener,
			{ target: '/late' },
			rich(() => {
				ran = true;
			}),
		);
		await settled();
		expect(notifier.listeners.size).toBe(0);
		expect(listener?.push).toBeNull();
		push?.call(
			listener,
			{ target: '/later' },
			rich(() => {
				ran = true;
			}),
		);
		await settled();
		expect(ran).toBe(false);
		expect(client.log).not.toContain('push GET /late');
	});

	test('a push outlives its parent', async () => {
		let answer: (() => void) | null = null;
		const app = rich((exchange) => {
			exchange.push?.(
				{ target: '/slow' },
				rich((pushed) => {
					answer = () => {
						pushed.respond(200);
						pushed.end(utf8('slow'));
					};
				}),
			);
			exchange.respond(200);
			exchange.end();
		});
		const client = recorded(app);
		await settled();
		expect(client.log).toEqual(['push GET /slow', 'respond 200', 'end']);
		(answer as (() => void) | null)?.();
		await settled();
		expect(client.pushes[0]?.text).toBe('slow');
	});
});
