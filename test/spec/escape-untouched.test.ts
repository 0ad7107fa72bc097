/** spec/escape.md §2: a placeholder that comes as it was made is not looked at; one that was changed where it stands is. */
import type { RichApp } from 'rsgi';
import { fetchToRich, gatewayToRich, underGateway } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { bytes, type FieldPairs, gateway } from 'rsgi/gateway';
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
