/** ESC-16: what middleware makes of a condition of the request, when all that it has seen is a placeholder. */
import { fetchToRich, gatewayToRich, nodeToRich, underGateway } from 'rsgi/adapters';
import { escape } from 'rsgi/escape';
import { fetch as fetchApp } from 'rsgi/fetch';
import { bytes, gateway, latin1 } from 'rsgi/gateway';
import { node } from 'rsgi/node';
import { describe, expect, test } from 'vitest';
import type { RichApp } from '../../src/rich/app.ts';
import { answer } from '../support/escaping-gateway.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

const OF_PLACEHOLDER = '"of the placeholder"';
const NAMED = '"v1"';

/** An application whose middleware answers 304, or 412, with an entity tag, and with or without the type of the placeholder. */
type Conditional = (status: number, etag: string, isMarked: boolean) => RichApp;

const LAYERS: Readonly<Record<string, Conditional>> = {
	gateway: (status, etag, isMarked) =>
		gatewayToRich(
			gateway((environ, startResponse) => {
				void underGateway(answer)(environ, (_status, fields) => {
					const dropped = isMarked ? ['content-length'] : ['content-length', 'content-type'];
					const kept = fields.filter(([name]) => !dropped.includes(latin1(name).toLowerCase()));
					startResponse(bytes(`${status} Conditional`), [...kept, [bytes('ETag'), bytes(etag)]]);
					return () => Promise.resolve();
				});
				return [];
			}),
		),
	fetch: (status, etag, isMarked) =>
		fetchToRich(
			fetchApp((request) => {
				const { headers } = escape(request, answer);
				const made = new Headers(headers);
				made.set('etag', etag);
				if (!isMarked) made.delete('content-type');
				return new Response(null, { status, headers: made });
			}),
		),
	node: (status, etag, isMarked) =>
		nodeToRich(
			node((req, res) => {
				const { end } = res;
				res.end = function (this: typeof res): typeof res {
					res.end = end;
					res.statusCode = status;
					res.setHeader('etag', etag);
					if (!isMarked) res.removeHeader('content-type');
					return res.end();
				};
				escape(req, res, answer);
			}),
		),
};

async function tagOf(app: RichApp, fields: string[]): Promise<[number | undefined, string | null, string]> {
	const client = recorded(app, { fields });
	for (let turn = 0; turn < 60; turn++) await settled();
	return [client.status, client.fields.first('etag'), client.text];
}

describe('ESC-16: of the ETag of a 304 or a 412 only one that the request names is sent', () => {
	for (const [layer, conditional] of Object.entries(LAYERS)) {
		test.each([true, false])(`in ${layer}, under the type of the placeholder: %s`, async (isMarked) => {
			for (const status of [304, 412]) {
				const computed = conditional(status, OF_PLACEHOLDER, isMarked);
				expect(await tagOf(computed, ['if-none-match', '*'])).toEqual([status, null, '']);
				expect(await tagOf(computed, [])).toEqual([status, null, '']);
				for (const list of [NAMED, `"v0", W/${NAMED}`]) {
					const own = conditional(status, NAMED, isMarked);
					expect(await tagOf(own, ['if-none-match', list])).toEqual([status, NAMED, '']);
				}
				const weak = conditional(status, `W/${NAMED}`, isMarked);
				expect(await tagOf(weak, ['if-none-match', NAMED])).toEqual([status, `W/${NAMED}`, '']);
				expect(await tagOf(weak, ['if-match', NAMED])).toEqual([status, `W/${NAMED}`, '']);
			}
		});
	}

	test('where nothing was registered it is sent as it came', async () => {
		const app = fetchToRich(fetchApp(() => new Response(null, { status: 304, headers: { etag: NAMED } })));
		expect(await tagOf(app, ['if-none-match', '*'])).toEqual([304, NAMED, '']);
	});
});
