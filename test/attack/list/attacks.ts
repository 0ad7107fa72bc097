/** All attacks, by what they attack. */
import { bytes, get } from '../../support/http2-frames.ts';
import { type Attack, each, Foe } from './attack.ts';
import { HTTP1_ATTACKS } from './http1-attacks.ts';
import { HTTP2_FLOODS } from './http2-floods.ts';
import { Http2Foe } from './http2-foe.ts';
import { HTTP2_HOLDS } from './http2-holds.ts';
import { DOWNGRADE_ATTACK, HIDDEN_ATTACK, SMUGGLING_ATTACK } from './smuggling-attack.ts';
import { TLS_ATTACKS } from './tls-attacks.ts';
import { WEBSOCKET_ATTACKS } from './websocket-attacks.ts';

/** Requests in order, over each protocol: what they make a process take once is not counted against an attack. */
const HONEST: Attack = {
	name: 'Honest load',
	rule: '',
	allowed: [],
	async run({ http1, http2 }) {
		await each(20, async (index) => {
			const foe = await (index < 10 ? new Foe(http1).connected() : new Http2Foe(http2).opened());
			for (let turn = 0; turn < 300; turn++) {
				await foe.send(
					index < 10
						? 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(400)
						: bytes(...Array.from({ length: 20 }, (_, stream) => get((turn * 20 + stream) * 2 + 1, '/hello'))),
				);
				await new Promise((resolve) => setTimeout(resolve, 3));
			}
			foe.leave();
		});
	},
};

/** By group, in the order of docs/security.md. */
export const GROUPS: Readonly<Record<string, readonly Attack[]>> = {
	'HTTP/2: floods': HTTP2_FLOODS,
	'HTTP/2: what is held, and what is out of order': [...HTTP2_HOLDS, DOWNGRADE_ATTACK],
	'HTTP/1.1': [...HTTP1_ATTACKS, SMUGGLING_ATTACK, HIDDEN_ATTACK],
	WebSocket: WEBSOCKET_ATTACKS,
	TLS: TLS_ATTACKS,
};

export const ATTACKS: readonly Attack[] = [HONEST, ...Object.values(GROUPS).flat()];
