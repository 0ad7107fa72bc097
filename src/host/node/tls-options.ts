/** What an operator says of TLS, turned into a `node:tls` server's options. */
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls';

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
}

/**
 * The options for `tls.createServer`.
 * @param handshakeTimeout milliseconds
 * @throws Error when a certificate or key cannot be read, naming which
 */
export function tlsOptions(tls: ServeTls, handshakeTimeout: number): TlsOptions {
	const contexts = new Map<string, SecureContext>();
	for (const [name, pair] of Object.entries(tls.names ?? {})) {
		contexts.set(name.toLowerCase(), secureContext(pair, tls, `tls.names['${name}']`));
	}
	const wanted = tls.clientCertificate ?? 'none';
	const options: TlsOptions = {
		...pairOptions(tls),
		minVersion: tls.minVersion ?? 'TLSv1.2',
		handshakeTimeout,
		requestCert: wanted !== 'none',
		rejectUnauthorized: wanted === 'required',
		// TLS 1.2 suites that HTTP/2 forbids (RFC 9113 appendix A) stay out: forward secrecy and AEAD only.
		ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20',
	};
	if (tls.clientAuthorities !== undefined) options.ca = [tls.clientAuthorities].flat().map(pem);
	// Reads the first pair now, so that a bad one is an error with a name and not a failed handshake later.
	const first = secureContext(tls, tls, 'tls');
	if (contexts.size > 0) {
		options.SNICallback = (name, done) => done(null, contextFor(contexts, name.toLowerCase()) ?? first);
	}
	return options;
}

function contextFor(contexts: ReadonlyMap<string, SecureContext>, name: string): SecureContext | undefined {
	const exact = contexts.get(name);
	if (exact !== undefined) return exact;
	const dot = name.indexOf('.');
	return dot < 0 ? undefined : contexts.get(`*${name.slice(dot)}`);
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
