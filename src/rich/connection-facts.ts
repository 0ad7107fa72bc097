/** What an application may know of the connection an exchange came on. Facts only: nothing here does I/O. */

/** An end of a connection: an IP address with its port, or the path of a Unix socket (empty when it has no name). */
export type Address =
	| { readonly family: 'IPv4' | 'IPv6'; readonly address: string; readonly port: number }
	| { readonly family: 'unix'; readonly path: string };

/** The certificate that a TLS client showed. */
export interface ClientCertificate {
	/** The certificate, DER. */
	readonly der: Uint8Array;
	/** The subject, one attribute a line, as `CN=…`. */
	readonly subject: string;
	/** SHA-256 of the DER, upper-case hex with colons. */
	readonly fingerprint: string;
	/** Whether it was verified against the configured authorities. */
	readonly verified: boolean;
}

/** What is known of TLS on a connection. */
export interface TlsFacts {
	/** The protocol, as `TLSv1.3`. */
	readonly version: string;
	/** The cipher suite's standard name, as `TLS_AES_128_GCM_SHA256`. */
	readonly cipher: string;
	/** The protocol chosen by ALPN (RFC 7301), or null. */
	readonly alpn: string | null;
	/** The server name the client asked for (SNI, RFC 6066 §3), or null. */
	readonly serverName: string | null;
	/** The client's certificate, or null when it showed none. */
	readonly clientCertificate: ClientCertificate | null;
}

/** Facts of one connection, the same object for all its exchanges. */
export interface ConnectionFacts {
	/** A number of its own for each connection of the process. */
	readonly id: number;
	/** The client's end, or null when there is none to speak of. */
	readonly peer: Address | null;
	/** The server's end. */
	readonly local: Address | null;
	/** TLS facts, or null on a plain connection. */
	readonly tls: TlsFacts | null;
}
