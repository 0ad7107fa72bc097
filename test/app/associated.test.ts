/** spec/apps.md §2. */
import { rich, utf8 } from 'rsgi';
import { gatewayToRich, underGateway } from 'rsgi/adapters';
import { type AssociatedLink, associated } from 'rsgi/associated';
import { describe, expect, test } from 'vitest';
import { recorded } from '../support/recorded-client.ts';
import { refusal } from '../support/refusal.ts';
import { settled } from '../support/settled.ts';

const LINKS: readonly AssociatedLink[] = [
	{ target: '/style.css', as: 'style', type: 'text/css' },
	{ target: '/font.woff2', as: 'font', crossorigin: 'anonymous' },
	{ target: 'https://cdn.example/', rel: 'preconnect', crossorigin: 'use-credentials' },
];
const STYLE = '</style.css>; rel=preload; as=style; type="text/css"';
const FONT = '</font.woff2>; rel=preload; as=font; crossorigin';
const CDN = '<https://cdn.example/>; rel=preconnect; crossorigin=use-credentials';

const page = rich((exchange) => {
	exchange.respond(200, ['x-a', '1']);
	exchange.end(utf8('page'));
});
const pushed = rich((exchange) => {
	exchange.respond(200);
	exchange.end(utf8(exchange.target));
});

async function turns(): Promise<void> {
	for (let turn = 0; turn < 12; turn++) await settled();
}

describe('APP-4: what belongs to a page is told the best way there is', () => {
	const response = (...links: string[]): string[] => [
		`respond 200 x-a: 1${links.map((link) => ` link: ${link}`).join('')}`,
		'data page',
		'end',
	];
	test('pushed, where it is taken and can be answered', async () => {
		const client = recorded(associated(LINKS, { pushed })(page));
		await turns();
		expect(client.log).toEqual([
			...['push GET /style.css', 'push GET /font.woff2', `inform 103 link: ${CDN}`],
			...response(CDN),
		]);
		expect(client.pushes.map(({ text }) => text)).toEqual(['/style.css', '/font.woff2']);
	});
	test('by Early Hints', async () => {
		for (const [app, request] of [
			[associated(LINKS)(page), {}],
			[associated(LINKS, { pushed })(page), { takesPush: false }],
			[associated(LINKS)(page), { httpVersion: '1.1', fields: ['sec-fetch-mode', 'navigate'] }],
		] as const) {
			const client = recorded(app, request);
			await turns();
			expect(client.log).toEqual([
				`inform 103 link: ${STYLE} link: ${FONT} link: ${CDN}`,
				...response(STYLE, FONT, CDN),
			]);
		}
	});
	test('in the response alone, where Early Hints may do harm', async () => {
		for (const request of [{ httpVersion: '1.1' }, { httpVersion: '1.0' }] as const) {
			const client = recorded(associated(LINKS, { pushed })(page), request);
			await turns();
			expect(client.log).toEqual(response(STYLE, FONT, CDN));
		}
	});
	test('from inside a gateway application', async () => {
		const client = recorded(gatewayToRich(underGateway(associated(LINKS, { pushed })(page))));
		await turns();
		expect(client.log.slice(0, 2)).toEqual(['push GET /style.css', 'push GET /font.woff2']);
		expect(client.text).toBe('page');
	});
});

describe('APP-3: links that cannot be told are refused at once', () => {
	for (const [name, link] of [
		['none', null],
		['no target', {}],
		['a relative target', { target: 'style.css' }],
		['a target with a space', { target: '/a b' }],
		['a target that ends the link', { target: '/a>; rel=x' }],
		['a line end', { target: '/a\r\nset-cookie: x' }],
		['no word', { target: '/a', as: 'style; x' }],
		['no type', { target: '/a', type: 'a"b' }],
		['no rel', { target: '/a', rel: 'a b' }],
		['no crossorigin', { target: '/a', crossorigin: 'a b' }],
	] as const) {
		test(`${name}`, () => {
			refusal('APP-3', () => associated([link as never]));
		});
	}
	test('and so is what are no links, and no application', () => {
		refusal('APP-3', () => associated('/style.css' as never));
		refusal('RICH-3', () => associated([], { pushed: (() => {}) as never }));
	});
});
