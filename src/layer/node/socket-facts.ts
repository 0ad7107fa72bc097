/** The facts of a connection, by the names that Node's sockets have for them. */
import { X509Certificate } from 'node:crypto';
import type { PeerCertificate } from 'node:tls';
import type { Address, ConnectionFacts } from '../../rich/connection-facts.ts';

/** Where the members below find their connection. */
interface Connected {
	readonly [FACTS]: ConnectionFacts;
}

const FACTS: unique symbol = Symbol('connection facts');

/** What is read of a socket. As in Node, what belongs to TLS is not there on a plain connection. */
const members = {
	get remoteAddress(): string | undefined {
		return ip(factsOf(this).peer)?.address;
	},
	get remotePort(): number | undefined {
		return ip(factsOf(this).peer)?.port;
	},
	get remoteFamily(): string | undefined {
		return ip(factsOf(this).peer)?.family;
	},
	get localAddress(): string | undefined {
		return ip(factsOf(this).local)?.address;
	},
	get localPort(): number | undefined {
		return ip(factsOf(this).local)?.port;
	},
	get localFamily(): string | undefined {
		return ip(factsOf(this).local)?.family;
	},
	address(): object {
		return ip(factsOf(this).local) ?? {};
	},
	get encrypted(): true | undefined {
		return factsOf(this).tls === null ? undefined : true;
	},
	get authorized(): boolean | undefined {
		const { tls } = factsOf(this);
		return tls === null ? undefined : (tls.clientCertificate?.verified ?? false);
	},
	get alpnProtocol(): string | false | undefined {
		const { tls } = factsOf(this);
		return tls === null ? undefined : (tls.alpn ?? false);
	},
	get servername(): string | false | undefined {
		const { tls } = factsOf(this);
		return tls === null ? undefined : (tls.serverName ?? false);
	},
	getProtocol(): string | null {
		return factsOf(this).tls?.version ?? null;
	},
	getCipher(): object {
		const { tls } = factsOf(this);
		return tls === null ? {} : { name: tls.cipher, standardName: tls.cipher, version: tls.version };
	},
	/** The client's certificate as node:tls has it; an empty object where it showed none. Its issuers are not known. */
	getPeerCertificate(): PeerCertificate | object {
		const certificate = factsOf(this).tls?.clientCertificate;
		return certificate ? new X509Certificate(certificate.der).toLegacyObject() : {};
	},
	getPeerX509Certificate(): X509Certificate | undefined {
		const certificate = factsOf(this).tls?.clientCertificate;
		return certificate ? new X509Certificate(certificate.der) : undefined;
	},
	get connecting(): boolean {
		return false;
	},
	get pending(): boolean {
		return false;
	},
	/** Without effect, as the three below: the server sets its sockets up by itself. */
	setNoDelay(): object {
		return this;
	},
	setKeepAlive(): object {
		return this;
	},
	ref(): object {
		return this;
	},
	unref(): object {
		return this;
	},
};

/** Gives the instances of a class these members. */
export function giveFacts<S extends object>(prototype: S, of: (socket: S) => ConnectionFacts): void {
	const own = Object.getOwnPropertyDescriptors(members);
	for (const member of Object.values(own)) member.enumerable = false;
	Object.defineProperties(prototype, own);
	Object.defineProperty(prototype, FACTS, {
		get(this: S): ConnectionFacts {
			return of(this);
		},
	});
}

function factsOf(socket: object): ConnectionFacts {
	return (socket as Connected)[FACTS];
}

function ip(address: Address | null): { address: string; port: number; family: string } | undefined {
	return address === null || address.family === 'unix' ? undefined : address;
}
