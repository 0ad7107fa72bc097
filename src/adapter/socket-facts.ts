/** The facts of a connection, read from its socket when an application asks for them. */
import type { NetServer, Socket, TLSSocket } from '../layer/node/server-objects.ts';
import type { Address, ClientCertificate, ConnectionFacts, TlsFacts } from '../rich/connection-facts.ts';

let connections = 0;

/** Facts of a plain or TLS socket. Read before the socket closes they stay as they were. */
export class SocketFacts implements ConnectionFacts {
	readonly id: number;
	readonly tls: TlsFacts | null;
	readonly #socket: Socket;
	readonly #unixPath: string | null;
	#peer: Address | null | undefined;
	#local: Address | null | undefined;

	/**
	 * @param unixPath the path of the Unix socket that was listened on, or null
	 * @param ends what a proxy in front has said of the connection that it passes on
	 */
	constructor(
		socket: Socket,
		tls: TLSSocket | null,
		unixPath: string | null,
		ends?: Pick<ConnectionFacts, 'peer' | 'local'>,
	) {
		this.id = ++connections;
		this.#socket = socket;
		this.#unixPath = unixPath;
		if (ends !== undefined) {
			this.#peer = ends.peer;
			this.#local = ends.local;
		}
		this.tls = tls === null ? null : new SocketTlsFacts(tls);
	}

	get peer(): Address | null {
		if (this.#peer === undefined) {
			const { remoteAddress, remotePort, remoteFamily } = this.#socket;
			this.#peer =
				this.#unixPath === null ? inetAddress(remoteAddress, remotePort, remoteFamily) : { family: 'unix', path: '' };
		}
		return this.#peer;
	}

	get local(): Address | null {
		if (this.#local === undefined) {
			const { localAddress, localPort, localFamily } = this.#socket;
			this.#local =
				this.#unixPath === null
					? inetAddress(localAddress, localPort, localFamily)
					: { family: 'unix', path: this.#unixPath };
		}
		return this.#local;
	}
}

/** Where a server listens. */
export function listeningAddress(server: NetServer): Address {
	const address = server.address();
	if (address === null) throw new Error('The server does not listen.');
	if (typeof address === 'string') return { family: 'unix', path: address };
	return { family: address.family === 'IPv6' ? 'IPv6' : 'IPv4', address: address.address, port: address.port };
}

class SocketTlsFacts implements TlsFacts {
	readonly version: string;
	readonly cipher: string;
	readonly alpn: string | null;
	readonly serverName: string | null;
	readonly #socket: TLSSocket;
	#certificate: ClientCertificate | null | undefined;

	constructor(socket: TLSSocket) {
		this.version = socket.getProtocol() ?? '';
		this.cipher = socket.getCipher()?.standardName ?? '';
		this.alpn = socket.alpnProtocol || null;
		this.serverName = (socket as TLSSocket & { servername?: string | false }).servername || null;
		this.#socket = socket;
	}

	get clientCertificate(): ClientCertificate | null {
		if (this.#certificate === undefined) this.#certificate = clientCertificate(this.#socket);
		return this.#certificate;
	}
}

function clientCertificate(socket: TLSSocket): ClientCertificate | null {
	const certificate = socket.getPeerX509Certificate?.();
	if (certificate === undefined) return null;
	return {
		der: new Uint8Array(certificate.raw),
		subject: certificate.subject,
		fingerprint: certificate.fingerprint256,
		verified: socket.authorized,
	};
}

function inetAddress(
	address: string | undefined,
	port: number | undefined,
	family: string | undefined,
): Address | null {
	if (address === undefined || port === undefined) return null;
	return { family: family === 'IPv6' ? 'IPv6' : 'IPv4', address, port };
}
