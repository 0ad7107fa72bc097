/** The values of an environ that are the same for all requests of a connection, made once for each. */
import { type ByteString, uncheckedBytes } from '../../layer/gateway/byte-string.ts';
import type { Address, ConnectionFacts } from '../../rich/connection-facts.ts';
import { type ServerName, serverName } from './server-name.ts';

/** What an environ takes from its connection. */
export class ConnectionValues {
	readonly facts: ConnectionFacts;
	/** Null where there is no address to speak of: a Unix socket, or no connection. */
	readonly serverAddress: ByteString | null;
	readonly remoteAddress: ByteString | null;
	readonly remotePort: ByteString;
	#authority = '';
	#scheme = '';
	#name: ServerName;

	constructor(facts: ConnectionFacts) {
		const { peer, local } = facts;
		this.facts = facts;
		this.serverAddress = addressOf(local);
		this.remoteAddress = addressOf(peer);
		this.remotePort = uncheckedBytes(peer === null || peer.family === 'unix' ? '' : String(peer.port));
		this.#name = serverName('', '', local);
	}

	/** The parts of an authority. A connection seldom sees more than one. */
	serverName(authority: string, scheme: string): ServerName {
		if (authority !== this.#authority || scheme !== this.#scheme) {
			this.#name = serverName(authority, scheme, this.facts.local);
			this.#authority = authority;
			this.#scheme = scheme;
		}
		return this.#name;
	}
}

function addressOf(address: Address | null): ByteString | null {
	return address === null || address.family === 'unix' ? null : uncheckedBytes(address.address);
}

const known = new WeakMap<ConnectionFacts, ConnectionValues>();
/** Requests come in runs from one connection: the last one is looked at first. */
let last: ConnectionValues | null = null;

/** The values of a connection. */
export function connectionValues(facts: ConnectionFacts): ConnectionValues {
	if (last !== null && last.facts === facts) return last;
	let values = known.get(facts);
	if (values === undefined) {
		values = new ConnectionValues(facts);
		known.set(facts, values);
	}
	last = values;
	return values;
}
