/** spec/rich.md §1: the application and the request head. */
import { expect, test } from 'vitest';
import { type RichApp, requireRich, rich } from '../../src/rich/app.ts';
import { pair } from '../../src/rich/pair.ts';
import { Misuse } from '../../src/wire/fault.ts';
import { LAYER } from '../../src/wire/layer.ts';
import { openExchange } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

test('RICH-1: the request head comes verbatim', async () => {
	const lines = ['X-Mixed', 'One', 'accept', 'a', 'x-mixed', '', 'ACCEPT', 'b\xe9'];
	const { exchange } = await openExchange({
		method: 'pOsT',
		scheme: 'https',
		authority: 'EXAMPLE.org:8443',
		target: '/a/../%2f?q=%zz&&',
		httpVersion: '1.1',
		fields: lines,
	});
	expect(exchange.method).toBe('pOsT');
	expect(exchange.scheme).toBe('https');
	expect(exchange.authority).toBe('EXAMPLE.org:8443');
	expect(exchange.target).toBe('/a/../%2f?q=%zz&&');
	expect(exchange.httpVersion).toBe('1.1');
	expect(exchange.protocol).toBeNull();
	expect(exchange.fields.lines).toEqual(lines);
	expect(exchange.responded).toBe(false);
	expect(exchange.outcome).toBeNull();
	const upgrade = await openExchange({ protocol: 'toy/2' });
	expect(upgrade.exchange.protocol).toBe('toy/2');
});

test('RICH-2: the application is called once, before any content has come', async () => {
	let calls = 0;
	const app = rich((exchange) => {
		calls++;
		exchange.respond(200);
		exchange.end();
	});
	const client = recorded(app, { method: 'POST', hasContent: true });
	await settled();
	expect(calls).toBe(1);
	client.client.send(new Uint8Array(3));
	client.client.end();
	await settled();
	expect(calls).toBe(1);
});

test('RICH-3: an application that is not stamped is refused, and the error says what it was and what to do', () => {
	const refused = (app: unknown): string => {
		try {
			requireRich(app, 'serve()');
		} catch (error) {
			expect(error).toBeInstanceOf(Misuse);
			expect((error as Misuse).rule).toBe('RICH-3');
			return (error as Misuse).message;
		}
		return 'taken';
	};
	function named(): void {}
	expect(refused(named)).toBe(
		'serve() takes a rich application, not an unmarked function: wrap it, as rich(named). (RICH-3)',
	);
	expect(refused(null)).toMatch(/made by rich\(\(exchange\) => …\), not null\. \(RICH-3\)$/);
	expect(refused('x')).toContain('not a string');
	expect(refused({ fetch() {} })).toContain('not an object with fetch');
	expect(refused({})).toContain('not an object with nothing in it');
	expect(refused(new Map())).toContain('not a Map');
	const fixes = {
		gateway: 'gatewayToRich(app)',
		lite: 'gatewayToRich(app)',
		text: 'textToRich(app)',
		fetch: 'fetchToRich(app)',
		node: 'nodeToRich(app)',
	};
	for (const [layer, fix] of Object.entries(fixes)) {
		expect(refused(Object.assign(() => {}, { [LAYER]: layer }))).toBe(
			`serve() takes a rich application; this one speaks the ${layer} layer: wrap it, as ${fix}. (RICH-3)`,
		);
	}
	expect(refused({ [LAYER]: 'rich' })).toContain('made by rich(');
	expect(refused(rich(() => {}))).toBe('taken');
	expect(() => pair((() => {}) as unknown as RichApp)).toThrow('pair() takes a rich application');
	expect(() => rich(7 as never)).toThrow('rich() takes a function (exchange) => …, not a number. (RICH-3)');
	expect(() => rich(Object.assign(() => {}, { [LAYER]: 'text' }))).toThrow(
		'speaks the text layer: wrap it by textToRich(app), not by rich().',
	);
});

test('RICH-3: push takes a stamped application only', async () => {
	const { exchange } = await openExchange();
	expect(() => exchange.push?.({ target: '/x' }, (() => {}) as unknown as RichApp)).toThrow('push() takes a rich');
});

test('RICH-3: a stamped application keeps its hooks through middleware', () => {
	const hooks = { start: () => {}, stop: () => {}, protocols: ['websocket'] };
	const app = rich(() => {}, hooks);
	const outer = rich((exchange) => app(exchange), app);
	expect([outer.start, outer.stop, outer.protocols]).toEqual([hooks.start, hooks.stop, hooks.protocols]);
});
