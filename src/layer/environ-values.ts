/** What both environs hold, bytes and text: the keys, and what stands under them. */
import type { ConnectionFacts } from '../rich/connection-facts.ts';
import type { Outcome } from '../rich/outcome.ts';
import type { Closing } from './gateway/closing.ts';
import type { ErrorStream } from './gateway/error-stream.ts';
import type { FileWrapper } from './gateway/file-wrapper.ts';
import type { Input } from './gateway/input.ts';

/** The CGI variables (RFC 3875 §4.1); `S` is what strings of octets are in that layer. */
export interface CgiValues<S> {
	/** The method, as `GET`. An extended CONNECT is shown as GET; see `rsgi.connect`. */
	readonly REQUEST_METHOD: S;
	/** The part of the path that has led to this application, percent-decoded; empty at the root. */
	readonly SCRIPT_NAME: S;
	/** The rest of the path, percent-decoded. */
	readonly PATH_INFO: S;
	/** What stands behind the `?`, as it came; empty when there is none. */
	readonly QUERY_STRING: S;
	/** The host the request was sent to, without its port. */
	readonly SERVER_NAME: S;
	/** The port, decimal. */
	readonly SERVER_PORT: S;
	/** `HTTP/1.0`, `HTTP/1.1` or `HTTP/2.0`: RFC 3875 §4.1.16 wants both numbers. */
	readonly SERVER_PROTOCOL: S;
	readonly SERVER_SOFTWARE?: S | undefined;
	/** The server's end of the connection. */
	readonly SERVER_ADDR?: S | undefined;
	/** The client's address. */
	readonly REMOTE_ADDR?: S | undefined;
	readonly REMOTE_PORT?: S | undefined;
	/** Who the client is, where middleware found out. */
	readonly REMOTE_USER?: S | undefined;
	/** How it did, as `Basic`. */
	readonly AUTH_TYPE?: S | undefined;
	readonly CONTENT_TYPE?: S | undefined;
	readonly CONTENT_LENGTH?: S | undefined;
	/** `on` over TLS, else absent. */
	readonly HTTPS?: S | undefined;
	/** The field lines of that name, joined: `HTTP_ACCEPT`. */
	readonly [name: `HTTP_${string}`]: S | undefined;
}

/** All keys but `wsgi.layer`. An environ is a plain object; middleware changes it by a copy: `{ ...environ, SCRIPT_NAME }`. */
export interface EnvironValues<S> extends CgiValues<S> {
	readonly 'wsgi.version': readonly [1, 0];
	/** `http` or `https`; native text in every layer. */
	readonly 'wsgi.url_scheme': string;
	readonly 'wsgi.input': Input;
	readonly 'wsgi.errors': ErrorStream;
	/** Whether another thread may call the same application meanwhile: never so in JavaScript. */
	readonly 'wsgi.multithread': boolean;
	/** Whether another process may. */
	readonly 'wsgi.multiprocess': boolean;
	/** Whether the application will be called once only. */
	readonly 'wsgi.run_once': boolean;
	readonly 'wsgi.file_wrapper'?: FileWrapper | undefined;
	/** The request target, verbatim: what SCRIPT_NAME, PATH_INFO and QUERY_STRING were made from. */
	readonly 'rsgi.target': S;
	/** The request's field lines in order, laid out flat as in the rich layer: name, value, name, value … */
	readonly 'rsgi.fields': readonly S[];
	/** Registers what shall be closed at the end of the exchange. */
	readonly 'rsgi.closing': Closing;
	/**
	 * Has a function told how the exchange ended, once it has: also when a rich application took it over, which is after the body
	 * was closed. Absent where the server is not ours.
	 */
	readonly 'rsgi.completed'?: ((callback: (outcome: Outcome) => void) => void) | undefined;
	/** What is known of the connection; absent where the server is not ours. */
	readonly 'rsgi.connection'?: ConnectionFacts | undefined;
	/**
	 * The protocol of an extended CONNECT (RFC 8441) that is shown as GET: then HTTP_CONNECTION and HTTP_UPGRADE were made
	 * up, and are not in `rsgi.fields`. Absent otherwise.
	 */
	readonly 'rsgi.connect'?: S | undefined;
	/** What middleware and servers add has a dot in its name. */
	readonly [extension: `${string}.${string}`]: unknown;
}
