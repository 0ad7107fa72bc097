/** Rich middleware around applications of the lower layers, and both kinds of mounting, through the adapters. */
import { constants, gunzipSync } from 'node:zlib';
import { adapt, gatewayToRich, richToGateway } from 'rsgi/adapters';
import { bytes, type GatewayApp, gateway, lite, octets } from 'rsgi/gateway';
import { accessLog } from 'rsgi/middleware/access-log';
import { cleanFields } from 'rsgi/middleware/clean-fields';
import { compression } from 'rsgi/middleware/compression';
import { errorPages } from 'rsgi/middleware/error-pages';
import { mount } from 'rsgi/middleware/mount';
import { requestIds } from 'rsgi/middleware/request-ids';
import { text } from 'rsgi/text';
import { expect, test } from 'vitest';
import { type RichApp, rich } from '../../src/rich/app.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { answered, ended } from '../support/answered.ts';
import { recorded } from '../support/recorded-client.ts';

const TEXT = [[bytes('Content-Type'), bytes('text/plain')]] as const;

const stacked = (app: RichApp, lines: string[] = []): RichApp =>
	cleanFields()(requestIds()(accessLog({ to: (line) => lines.push(line) })(compression()(errorPages()(app)))));

test('MW-3 and MW-6: the environ has the id, and no line with an underscore', async () => {
	const app = lite((environ) => {
		const { HTTP_X_REQUEST_ID: id = bytes(''), HTTP_X_USER: user = bytes('nobody') } = environ;
		return [bytes('200 OK'), TEXT, [octets(bytes`${id} ${user}`)]];
	});
	const client = await answered(stacked(adapt(app, 'rich')), { fields: ['x-request-id', 'r1', 'x_user', 'root'] });
	expect(client.text).toBe('r1 nobody');
});

test('MW-12: an application that throws before its first block, or in it', async () => {
	const early = gateway(() => {
		throw new Error('early');
	});
	const inBlock = gateway((_environ, startResponse) => {
		startResponse(bytes('200 OK'), TEXT);
		return (function* (): Generator<Uint8Array> {
			yield new Uint8Array(0);
			throw new Error('in the first block');
		})();
	});
	for (const app of [early, inBlock]) {
		const client = await answered(stacked(gatewayToRich(app)), { fields: ['accept', 'text/html'] });
		expect(client.status).toBe(500);
		expect(client.text).toContain('<h1>500 Internal Server Error</h1>');
		expect(client.faults).toHaveLength(1);
	}
});

test('MW-19: blocks are compressed and sent one by one, and the body is closed', async () => {
	const log: string[] = [];
	const app = gateway((_environ, startResponse) => {
		startResponse(bytes('200 OK'), TEXT);
		const blocks = (async function* (): AsyncGenerator<Uint8Array> {
			for (const block of ['one ', 'two ', 'three']) {
				yield utf8(block);
				// The next is not made before the client can read this one.
				await expect.poll(() => readable(client.content)).toMatch(new RegExp(`${block}$`));
				log.push(block);
			}
		})();
		return { [Symbol.asyncIterator]: () => blocks, close: () => log.push('close') };
	});
	const client = recorded(stacked(gatewayToRich(app)), { fields: ['accept-encoding', 'gzip'] });
	await ended(client);
	expect(String(gunzipSync(client.content))).toBe('one two three');
	expect(log).toEqual(['one ', 'two ', 'three', 'close']);
});

/** What can be read of content that has not ended. */
function readable(content: Uint8Array): string {
	if (content.length === 0) return '';
	return String(gunzipSync(content, { finishFlush: constants.Z_SYNC_FLUSH }));
}

test('MW-25: mounts and applications of every layer', async () => {
	const echo: GatewayApp = gateway((environ, startResponse) => {
		startResponse(bytes('200 OK'), TEXT);
		return [octets(bytes`${environ.SCRIPT_NAME}|${environ.PATH_INFO}`)];
	});
	const decoded = text((environ, startResponse) => {
		startResponse('200 OK', [['content-type', 'text/plain']]);
		return [utf8(`text ${environ.SCRIPT_NAME}|${environ.PATH_INFO}`)];
	});
	const shown = rich((exchange) => {
		exchange.respond(200);
		exchange.end(utf8(`rich ${exchange.target}`));
	});
	const app = adapt(
		mount({ '/bytes': echo, '/text': adapt(decoded, 'gateway'), '/rich': richToGateway(shown) }),
		'rich',
	);
	const lines: string[] = [];
	const ask = async (target: string): Promise<string> => (await answered(stacked(app, lines), { target })).text;
	expect(await ask('/bytes/a%20b')).toBe('/bytes|/a b');
	expect(await ask('/text/%C3%BC')).toBe(`text /text|/${String.fromCharCode(...utf8('ü'))}`);
	expect(await ask('/rich/x?y')).toMatch(/^rich .*x\?y$/);
	expect(await ask('/other')).toBe('Not Found\n');
	expect(lines).toHaveLength(4);
});
