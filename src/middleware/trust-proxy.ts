/** Requests that proxies pass on, as if their clients had connected themselves. */
import { type RichApp, type RichMiddleware, requireRich, rich } from '../rich/app.ts';
import type { Address, ConnectionFacts } from '../rich/connection-facts.ts';
import type { Exchange } from '../rich/exchange.ts';
import { WrappedExchange } from '../rich/wrapped-exchange.ts';
import { Misuse } from '../wire/fault.ts';
import type { Fields } from '../wire/fields.ts';
import { type IpAddress, type IpRange, inRange, parseIp, parseRange } from '../wire/ip-address.ts';
import { forwardedHops, type Hop, shownPeer, xForwardedHops } from './trust-proxy/forwarded.ts';

/** Who is believed, and what. */
export interface TrustProxyOptions {
	/**
	 * How many proxies each request has come through, 1 to 32; or who they are: addresses and ranges, and `unix` for whoever
	 * reaches a Unix socket, as `['10.0.0.0/8', 'unix']`.
	 *
	 * A number says that no request comes otherwise: who can reach the server past the proxies can say what it likes.
	 */
	readonly proxies: number | readonly string[];
	/**
	 * Which fields they set: those of `x-forwarded` (-For, -Proto, -Host), which is the default, or `forwarded` (RFC 7239). Never
	 * both: a proxy passes on what it does not set, and clients would be believed.
	 */
	readonly fields?: 'x-forwarded' | 'forwarded';
}

const FAMILIES = {
	'x-forwarded': ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'],
	forwarded: ['forwarded'],
} as const;
const ALL: readonly string[] = [...FAMILIES['x-forwarded'], ...FAMILIES.forwarded, 'x-forwarded-port', 'x-real-ip'];

/**
 * Gives each exchange the peer, the scheme and the authority that the outermost trusted proxy saw. All layers see these: REMOTE_ADDR,
 * `req.socket.remoteAddress`, `request.url`. What nobody trusted has said is taken out of the fields, so that frameworks that read
 * them by themselves see no lie (MW-30, MW-31). Where a trusted proxy hides who its client is, `peer` is null.
 *
 * Stands outermost, before the access log.
 *
 * @throws Misuse for options that make no sense, and for what is no rich application (MW-1)
 * @example
 * import { trustProxy } from 'rsgi/middleware/trust-proxy';
 * export default trustProxy({ proxies: 1 })(app);
 */
export function trustProxy({ proxies, fields = 'x-forwarded' }: TrustProxyOptions): RichMiddleware {
	if (!Object.hasOwn(FAMILIES, fields)) {
		throw new Misuse('MW-1', `fields is 'x-forwarded' or 'forwarded', not ${String(fields)}.`);
	}
	const trust = trusting(proxies);
	return (app: RichApp): RichApp => {
		requireRich(app, 'trustProxy()');
		return rich((exchange) => {
			const seen = view(exchange, trust, fields);
			if (seen !== null) return WrappedExchange.run(app, seen);
			exchange.respond(400, ['content-type', 'text/plain']);
			exchange.end(MALFORMED);
		}, app);
	};
}

const MALFORMED = new TextEncoder().encode('The fields that say who is behind a proxy are malformed.\n');

/** Whether who sent what was read `hops` hops from here is believed. */
type Trust = (peer: Address | IpAddress | null, hops: number) => boolean;

function trusting(proxies: number | readonly string[]): Trust {
	if (typeof proxies === 'number') {
		if (!Number.isInteger(proxies) || proxies < 1 || proxies > 32) {
			throw new Misuse('MW-1', `proxies is a number from 1 to 32, or a list of addresses, not ${proxies}.`);
		}
		return (_peer, hops) => hops < proxies;
	}
	if (!Array.isArray(proxies)) throw new Misuse('MW-1', 'proxies is a number, or a list of addresses and ranges.');
	const ranges: IpRange[] = [];
	for (const one of proxies) {
		const range = one === 'unix' ? null : parseRange(String(one));
		if (range !== null) ranges.push(range);
		else if (one !== 'unix')
			throw new Misuse('MW-1', `proxies has addresses, ranges as 10.0.0.0/8, and unix, not ${one}.`);
	}
	const unix = proxies.includes('unix');
	return (peer) => {
		if (peer === null) return false;
		if (peer instanceof Uint8Array) return ranges.some((range) => inRange(peer, range));
		if (peer.family === 'unix') return unix;
		const address = parseIp(peer.address.replace(/%.*$/, ''));
		return address !== null && ranges.some((range) => inRange(address, range));
	};
}

/** The exchange as its application shall see it; null when who is trusted has said what cannot be read. */
function view(exchange: Exchange, trust: Trust, family: 'x-forwarded' | 'forwarded'): Exchange | null {
	const { fields } = exchange;
	const says = ALL.some((name) => fields.first(name) !== null);
	if (!says) return exchange;
	const { peer } = exchange.connection;
	if (!trust(peer, 0)) return new ForwardedExchange(exchange, exchange.connection.peer, null, without(fields));
	const hops = family === 'forwarded' ? forwardedHops(fields) : xForwardedHops(fields);
	if (hops === null) return null;
	let believed = 0;
	let found: Hop | null = null;
	for (let hop = hops.at(-1); hop !== undefined; hop = hops.at(-1 - believed)) {
		found = hop;
		believed++;
		if (hop.peer === null || !trust(hop.peer.address, believed)) break;
	}
	if (found === null) return new ForwardedExchange(exchange, peer, null, without(fields));
	// Where For is missing, the proxy has told of the scheme alone, and it is the peer.
	const silent = family === 'x-forwarded' && fields.first('x-forwarded-for') === null;
	const client = silent ? peer : found.peer === null ? null : shownPeer(found.peer);
	return new ForwardedExchange(exchange, client, found, without(fields, hops.slice(-believed), family, silent));
}

/** Without what nobody trusted has said, and with what was believed. */
function without(fields: Fields, hops: readonly Hop[] = [], family?: keyof typeof FAMILIES, silent = false): Fields {
	const kept = fields.clone();
	for (const name of ALL) kept.delete(name);
	const [first] = hops;
	// Frameworks read Host, where it came, rather than the authority.
	if (first?.authority && kept.first('host') !== null) kept.set('host', first.authority);
	if (first === undefined || family === undefined) return kept;
	if (family === 'forwarded') {
		return kept.append('forwarded', hops.map(forwardedText).join(', '));
	}
	if (!silent) kept.append('x-forwarded-for', hops.map(({ peer }) => peerText(peer)).join(', '));
	if (first.scheme !== null) kept.append('x-forwarded-proto', first.scheme);
	if (first.authority !== null) kept.append('x-forwarded-host', first.authority);
	return kept;
}

function peerText(peer: Hop['peer']): string {
	return peer === null ? 'unknown' : shownPeer(peer).address;
}

function forwardedText({ peer, scheme, authority }: Hop): string {
	const address = peerText(peer);
	const parts = [`for=${address.includes(':') ? `"[${address}]"` : address}`];
	if (scheme !== null) parts.push(`proto=${scheme}`);
	if (authority !== null) parts.push(`host="${authority}"`);
	return parts.join(';');
}

class ForwardedExchange extends WrappedExchange {
	readonly #connection: ConnectionFacts;
	readonly #hop: Hop | null;
	readonly #fields: Fields;

	constructor(exchange: Exchange, peer: Address | null, hop: Hop | null, fields: Fields) {
		super(exchange);
		const { id, local, tls } = exchange.connection;
		this.#connection = { id, local, tls, peer };
		this.#hop = hop;
		this.#fields = fields;
	}

	override get connection(): ConnectionFacts {
		return this.#connection;
	}

	override get scheme(): string {
		const { scheme } = this.#hop ?? {};
		// Plain CONNECT has none (RICH-1).
		const own = super.scheme;
		return own === '' || scheme === null || scheme === undefined ? own : scheme;
	}

	override get authority(): string {
		return this.#hop?.authority ?? super.authority;
	}

	override get fields(): Fields {
		return this.#fields;
	}
}
