/** What an operator says of TLS, turned into a `node:tls` server's options. */
import { constants } from 'node:crypto';
import {
	createSecureContext,
	type SecureContext,
	type SecureContextOptions,
	type Server,
	type TlsOptions,
} from 'node:tls';

/** A certificate chain with its key, both PEM. */
export interface CertificatePair {
	readonly cert: string | Uint8Array;
	readonly key: string | Uint8Array;
	/** The key's passphrase, when it has one. */
	readonly passphrase?: string;
}

/** TLS of a server. */
export interface ServeTls extends CertificatePair {
	/**
	 * Certificates for other server names (SNI, RFC 6066 §3): `{ 'example.org': pair, '*.example.org': pair }`. A client that
	 * names none of them, or no name, is shown the first pair.
	 */
	readonly names?: Readonly<Record<string, CertificatePair>>;
	/** Authorities, PEM, that client certificates are verified against. */
	readonly clientAuthorities?: string | Uint8Array | readonly (string | Uint8Array)[];
	/** `none` (the default) asks clients for no certificate, `optional` takes one, `required` refuses clients without a good one. */
	readonly clientCertificate?: 'none' | 'optional' | 'required';
	/** The oldest version spoken; TLSv1.2 by default (RFC 9113 §9.2). */
	readonly minVersion?: 'TLSv1.2' | 'TLSv1.3';
	/** 48 secret bytes that session tickets are made with, so that processes take each other's; each makes its own by default. */
	readonly ticketKeys?: Uint8Array;
}

/** The certificates that a server shows, which may be changed while it runs. */
export class Certificates {
	#names: ReadonlyMap<string, SecureContext> = new Map();
	#first: SecureContext | null = null;

	/**
	 * Reads them, so that a bad one is an error with a name now and not a failed handshake later.
	 * @throws Error when one cannot be read, naming which; those before stay in use
	 */
	use(tls: ServeTls): this {
		const names = new Map<string, SecureContext>();
		for (const [name, pair] of Object.entries(tls.names ?? {})) {
			names.set(name.toLowerCase(), secureContext(pair, tls, `tls.names['${name}']`));
		}
		this.#first = secureContext(tls, tls, 'tls');
		this.#names = names;
		return this;
	}

	/** Changes those of a server that runs. */
	set(server: Server, tls: ServeTls): void {
		this.use(tls);
		server.setSecureContext(contextOptions(tls));
	}

	/** The one for a server name; that of the first pair for any other. */
	for(name: string): SecureContext {
		const exact = this.#names.get(name);
		if (exact !== undefined) return exact;
		const dot = name.indexOf('.');
		return (dot < 0 ? undefined : this.#names.get(`*${name.slice(dot)}`)) ?? (this.#first as SecureContext);
	}
}

/**
 * The options for `tls.createServer`.
 * @param certificates asked for each client that names a server
 * @param handshakeTimeout milliseconds
 */
export function tlsOptions(certificates: Certificates, tls: ServeTls, handshakeTimeout: number): TlsOptions {
	const wanted = tls.clientCertificate ?? 'none';
	return {
		...contextOptions(tls),
		handshakeTimeout,
		requestCert: wanted !== 'none',
		rejectUnauthorized: wanted === 'required',
		SNICallback: (name, done) => done(null, certificates.for(name.toLowerCase())),
	};
}

/** What the server's own context is made of. */
function contextOptions(tls: ServeTls): TlsOptions {
	return {
		...pairOptions(tls),
		...(tls.clientAuthorities === undefined ? {} : { ca: [tls.clientAuthorities].flat().map(pem) }),
		...(tls.ticketKeys === undefined ? {} : { ticketKeys: Buffer.from(tls.ticketKeys) }),
		minVersion: tls.minVersion ?? 'TLSv1.2',
		// TLS 1.2 suites that HTTP/2 forbids (RFC 9113 appendix A) stay out: forward secrecy and AEAD only.
		ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20',
	};
}

function secureContext(pair: CertificatePair, tls: ServeTls, where: string): SecureContext {
	try {
		const ca = tls.clientAuthorities === undefined ? {} : { ca: [tls.clientAuthorities].flat().map(pem) };
		return createSecureContext({ ...pairOptions(pair), ...ca, minVersion: tls.minVersion ?? 'TLSv1.2' });
	} catch (error) {
		throw new Error(
			`The certificate or key of ${where} cannot be used: ${(error as Error).message}. Both are PEM texts that belong together.`,
			{
				cause: error,
			},
		);
	}
}

function pairOptions(pair: CertificatePair): SecureContextOptions {
	const options = {
		cert: pem(pair.cert),
		key: pem(pair.key),
		// HTTP/2 forbids renegotiation (RFC 9113 §9.2.1), and to HTTP/1 it is cheap to ask for, dear to give (CVE-2011-1473).
		secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
	};
	return pair.passphrase === undefined ? options : { ...options, passphrase: pair.passphrase };
}

function pem(text: string | Uint8Array): string | Buffer {
	return typeof text === 'string' ? text : Buffer.from(text);
}
