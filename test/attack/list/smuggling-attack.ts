/**
 * Request smuggling (RFC 9112 §11.2): requests that two parsers may read in two ways, each with another hidden behind; and good
 * requests that hide one in their content, which a server must not take for the next when it answers before it has read it.
 */
import { setTimeout as after } from 'node:timers/promises';
import { block, bytes, END_STREAM, get, headers } from '../../support/http2-frames.ts';
import { SMUGGLING } from '../../support/smuggling-corpus.ts';
import { type Attack, each, Foe, STILL_OPEN } from './attack.ts';
import { Http2Foe } from './http2-foe.ts';

const HIDDEN = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';

export const SMUGGLING_ATTACK: Attack = {
	name: 'Request smuggling',
	rule: 'RFC 9112 §11.2',
	allowed: ['refused, closed'],
	async run({ http1 }, tell) {
		for (const { request } of SMUGGLING) {
			const foe = await new Foe(http1).connected();
			await foe.send(request + HIDDEN);
			// Whoever waits for more of the request gets it.
			if (!(await foe.ended(300))) await foe.send(HIDDEN);
			const ended = await foe.ended(200);
			foe.leave();
			const status = /^HTTP\/1\.1 (\d)/.exec(foe.first)?.[1];
			const refused = status === '4' || status === '5';
			if (refused) tell(ended ? 'refused, closed' : `refused, ${STILL_OPEN}`);
			else if (status === undefined) tell(ended ? 'closed' : STILL_OPEN);
			else tell(ended ? 'answered, closed' : 'answered');
		}
	},
};

const LENGTH = `Content-Length: ${HIDDEN.length}`;
const CHUNK = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;

/** Heads, and the content behind them that looks like a request: CL.0, 0.CL and what is done by Expect, Upgrade and CONNECT. */
const CARRIERS: readonly (readonly [head: string, content: string])[] = [
	...['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PRI', 'X'].flatMap((method): [string, string][] => [
		[`${method} /hello HTTP/1.1\r\nHost: a\r\n${LENGTH}\r\n\r\n`, HIDDEN],
		[`${method} /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`, CHUNK],
	]),
	[`POST /nowhere HTTP/1.1\r\nHost: a\r\n${LENGTH}\r\n\r\n`, HIDDEN],
	[`POST /hello HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n${LENGTH}\r\n\r\n`, HIDDEN],
	[`POST /hello HTTP/1.1\r\nHost: a\r\nExpect: y 100-continue\r\n${LENGTH}\r\n\r\n`, HIDDEN],
	[`GET /hello HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n${LENGTH}\r\n\r\n`, HIDDEN],
	[
		`GET /hello HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n${LENGTH}\r\n\r\n`,
		HIDDEN,
	],
	[`GET /hello HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\n${LENGTH}\r\n\r\n`, HIDDEN],
	['CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', HIDDEN],
];

/** In one go, and with the content held back until the response has come, or does not (pause-based desynchronization). */
export const HIDDEN_ATTACK: Attack = {
	name: 'Requests hidden in content',
	rule: 'CL.0, 0.CL, by pauses, Expect, Upgrade, CONNECT; RFC 9112 §6.3',
	// Bytes behind CONNECT wait for the tunnel.
	allowed: ['content', 'refused', 'not answered'],
	run: ({ http1 }, tell) =>
		each(CARRIERS.length * 2, async (index) => {
			const [head, content] = CARRIERS[index >> 1] as readonly [string, string];
			const foe = await new Foe(http1).connected();
			await foe.send(head);
			if (index % 2 === 1) await foe.ended(300);
			await foe.send(content);
			await foe.ended(300);
			foe.leave();
			const statuses = foe.first.match(/^HTTP\/1\.1 (?!100)\d+/gm) ?? [];
			if (statuses.length > 1) tell(`${statuses.length} answers`);
			else if (/ [45]/.test(statuses[0] ?? '')) tell('refused');
			else tell(statuses.length === 1 ? 'content' : 'not answered');
		}),
};

/** What HTTP/2 can say and HTTP/1 cannot: a server that passes requests on as HTTP/1 would split them there (RFC 9113 §10.3). */
const MALFORMED: readonly (readonly string[])[] = [
	['transfer-encoding', 'chunked'],
	['connection', 'keep-alive'],
	['te', 'gzip'],
	['upgrade', 'h2c'],
	['content-length', '44'],
	['content-length', '0', 'content-length', '44'],
	['content-length', '+0'],
	['x', `a\r\n\r\n${HIDDEN}`],
	['x', 'a\nTransfer-Encoding: chunked'],
	['x', 'a\rb'],
	['x', 'a\0b'],
	['x', ' a'],
	['x\r\ntransfer-encoding: chunked\r\ny', 'z'],
	['transfer-encoding: chunked', 'z'],
	['x y', 'z'],
	['X', 'z'],
	['', 'z'],
	[':x', 'z'],
	[':path', '/smuggled'],
	[':method', 'GET'],
	['host', 'b'],
	['host', 'a', 'host', 'a'],
];
const PSEUDO: readonly (readonly [method: string, path: string, authority: string])[] = [
	['GET', `/hello HTTP/1.1\r\nHost: a\r\n\r\n${HIDDEN}`, 'a'],
	['GET', '/hello smuggled', 'a'],
	['GET', 'hello', 'a'],
	['GET', '', 'a'],
	['GET / HTTP/1.1\r\nX:', '/hello', 'a'],
	['GET', '/hello', `a\r\n\r\n${HIDDEN}`],
	['GET', '/hello', 'a b'],
	['GET', '/hello', 'b@a'],
];

export const DOWNGRADE_ATTACK: Attack = {
	name: 'Smuggling by downgrade: what HTTP/1 would split',
	rule: 'H2.CL, H2.TE, H2.0, CRLF; RFC 9113 §8.2.1, §8.2.2, §8.3.1, §10.3',
	allowed: ['RST_STREAM PROTOCOL_ERROR'],
	run: ({ http2 }, tell) =>
		each(MALFORMED.length + PSEUDO.length, async (index) => {
			const foe = await new Http2Foe(http2).opened();
			const lines = MALFORMED[index];
			const [method, path, authority] = PSEUDO[index - MALFORMED.length] ?? ['GET', '/hello', 'a'];
			const head = block(
				':method',
				method,
				':scheme',
				'http',
				':path',
				path,
				':authority',
				authority,
				...(lines ?? []),
			);
			await foe.send(bytes(headers(1, END_STREAM, head), get(3, '/hello')));
			const until = performance.now() + 5000;
			while (foe.resets === 0 && foe.answers < 2 && !foe.isOver && performance.now() < until) await after(1);
			foe.leave();
			if (foe.resets > 0) tell(`RST_STREAM ${foe.reset}`);
			else if (foe.goaway !== '') tell(`GOAWAY ${foe.goaway}`);
			else tell(foe.isOver ? 'closed' : foe.answers < 2 ? STILL_OPEN : 'answered');
		}),
};
