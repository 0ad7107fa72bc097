/** The fields of a response as the rich layer takes them, out of the forms that Node takes. */
import { ServerResponse as Platform, type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http';

const hasHeader = Platform.prototype.hasHeader;

/**
 * One response's field lines, in the application's order. Left out are the fields of the connection, which is the server's, and
 * what cannot be said: so that an application for HTTP/1.1 answers on HTTP/2 too, and what another server answered can be
 * passed on.
 */
export class ResponseLines {
	readonly lines: string[] = [];
	/** The Content-Length, or -1. */
	contentLength = -1;
	/** The application wants the connection to close. */
	closes = false;
	readonly #isHttp2: boolean;
	readonly #status: number;

	/** @param headers what Node stores heads from: its own map, an object, or an array, of pairs or flat */
	constructor(response: ServerResponse, headers: unknown, status: number, isHttp2: boolean) {
		this.#status = status;
		this.#isHttp2 = isHttp2;
		if (headers === undefined || headers === null) return;
		if (Array.isArray(headers)) this.#takeArray(headers);
		else this.#takeObject(response, headers as Record<string, unknown>);
	}

	#takeObject(response: ServerResponse, headers: Record<string, unknown>): void {
		let own: boolean | null = null;
		for (const key in headers) {
			if (!Object.hasOwn(headers, key)) continue;
			// Node gives its own map, of names as they are written, as soon as there is one: then it has each of the keys.
			own ??= hasHeader.call(response, key);
			if (own) {
				const [name, value] = headers[key] as [string, unknown];
				this.#take(name, value);
			} else {
				this.#take(key, headers[key]);
			}
		}
	}

	#takeArray(headers: readonly unknown[]): void {
		if (Array.isArray(headers[0])) {
			for (const [name, value] of headers as [string, unknown][]) this.#take(name, value);
			return;
		}
		if (headers.length % 2 !== 0) {
			throw Object.assign(new TypeError('The field lines are laid out flat, and the last name has no value'), {
				code: 'ERR_INVALID_ARG_VALUE',
			});
		}
		for (let at = 0; at < headers.length; at += 2) this.#take(headers[at] as string, headers[at + 1]);
	}

	#take(name: string, value: unknown): void {
		if (typeof name !== 'string') validateHeaderName(name);
		if (!Array.isArray(value)) this.#line(name, value);
		else if (value.length > 1 && name.length === 6 && name.toLowerCase() === 'cookie')
			this.#line(name, value.join('; '));
		else for (const one of value) this.#line(name, one);
	}

	#line(name: string, given: unknown): void {
		if (given === undefined) validateHeaderValue(name, given as unknown as string);
		const value = typeof given === 'string' ? given : String(given);
		switch (name.length) {
			case 2:
				if (this.#isHttp2 && name.toLowerCase() === 'te') return;
				break;
			case 7:
				if (this.#isHttp2 && name.toLowerCase() === 'upgrade') return;
				break;
			case 10: {
				const lower = name.toLowerCase();
				if (lower === 'connection') {
					if (!this.#isHttp2 && /(?:^|\W)close(?:$|\W)/i.test(value)) this.closes = true;
					return;
				}
				if (lower === 'keep-alive') return;
				break;
			}
			case 14:
				if (name.toLowerCase() === 'content-length') {
					// Neither has content, so neither has a length (RFC 9110 §8.6, §15.3.6).
					if (this.#status === 204 || this.#status === 205) return;
					this.contentLength = Number(value);
				}
				break;
			case 16:
				if (name.toLowerCase() === 'proxy-connection') return;
				break;
			case 17:
				if (name.toLowerCase() === 'transfer-encoding') return;
				break;
			default:
		}
		this.lines.push(name, trimmed(value));
	}
}

/** White space at the edges means nothing (RFC 9110 §5.5), and HTTP/2 forbids it. */
function trimmed(value: string): string {
	const first = value.charCodeAt(0);
	const last = value.charCodeAt(value.length - 1);
	if (first > 0x20 && last > 0x20) return value;
	return value.replace(/^[\t ]+|[\t ]+$/g, '');
}

/** Throws what Node throws for lines that cannot be sent; returns where Node would send them. */
export function requireNodeLines(lines: readonly string[]): void {
	for (let at = 0; at < lines.length; at += 2) {
		validateHeaderName(lines[at] as string);
		validateHeaderValue(lines[at] as string, lines[at + 1] as string);
	}
}
