/** Tunnels: CONNECT, Upgrade and extended CONNECT are one thing, and `accept` answers all three. */
import type { Exchange, TunnelHandler } from 'rsgi';
import { utf8 } from 'rsgi';
import type { Feature } from '../feature.ts';
import { answer } from '../router.ts';

/** The protocol that Upgrade and `:protocol` offer. */
export const PROTOCOL = 'echo';

/** Sends back what comes, until a line says quit. It connects to nothing. */
function open(exchange: Exchange): void {
	if (exchange.accept === null || (exchange.method !== 'CONNECT' && exchange.protocol !== PROTOCOL)) {
		answer(exchange, 426, `Offer a protocol: Upgrade: ${PROTOCOL}\n`, 'upgrade', PROTOCOL);
		return;
	}
	let tail = '\n';
	let ended = false;
	const end = (last?: Uint8Array): void => {
		if (!ended) tunnel.end(last);
		ended = true;
	};
	const handler: TunnelHandler = {
		data(chunk) {
			if (ended) return;
			const more = tunnel.write(chunk);
			const text = tail + Buffer.from(chunk).toString('latin1');
			tail = text.slice(-'\nquit\r'.length);
			if (/\nquit\r?\n/.test(text)) end(utf8('bye\n'));
			else if (!more) tunnel.pause();
		},
		drain: () => tunnel.resume(),
		end: () => end(),
	};
	const tunnel = exchange.accept([], handler);
}

export const tunnel: Feature = {
	id: 'tunnel',
	routes: { CONNECT: open, 'GET /tunnel': open },
	commands: (place) => [
		{
			run: `printf 'hello\\nquit\\n' | curl -sp ${place.secure ? '--proxy-insecure ' : ''}-x ${place.origin} telnet://echo:7`,
			shows: 'curl takes the showcase for a proxy and asks it to CONNECT to echo:7; the tunnel answers itself.',
		},
	],
};
