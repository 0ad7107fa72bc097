/** The client that the cases are asked by: the same requests over HTTP/1.1 and over HTTP/2, and a client that leaves. */
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Readable } from 'node:stream';
import { expect, onTestFinished } from 'vitest';
import { tagIn } from '../../support/tag-watch/tag-scan.ts';

export type Version = 'HTTP/1.1' | 'HTTP/2';

/** What is asked. */
export interface Question {
	readonly method?: string;
	readonly path?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly content?: string;
}

/** An answer, whole. */
export interface Answer {
	readonly status: number;
	readonly fields: Readonly<Record<string, string | string[] | undefined>>;
	readonly text: string;
}

/** A request that has been begun. */
export interface Open {
	/** Sends content. */
	send(content: string): void;
	/** Ends the content. */
	end(): void;
	/** Goes away: by closing the connection, over HTTP/2 by resetting the stream. */
	leave(): void;
	/** The answer, to its end; rejected when it is broken off. */
	readonly answer: Promise<Answer>;
	/** Fulfilled when this much of the content has come. */
	arrived(text: string): Promise<void>;
}

/** A client of one version of HTTP. */
export class Client {
	readonly version: Version;
	/** Where tags may be seen by those who break the rules themselves. */
	#unseen = true;

	constructor(version: Version) {
		this.version = version;
	}

	/** A client of an application that itself copies a tag into its page. */
	get seeing(): Client {
		const client = new Client(this.version);
		client.#unseen = false;
		return client;
	}

	/** Asks, and waits for the whole answer. */
	async ask(url: string, question: Question = {}): Promise<Answer> {
		const open = await this.begin(url, question);
		if (question.content !== undefined) open.send(question.content);
		open.end();
		return await open.answer;
	}

	/** Status and content, which is all that most cases are about. */
	async told(url: string, question: Question = {}): Promise<[number, string]> {
		const { status, text } = await this.ask(url, question);
		return [status, text];
	}

	async begin(url: string, question: Question = {}): Promise<Open> {
		const open = await (this.version === 'HTTP/1.1' ? overHttp1(url, question) : overHttp2(url, question));
		const answer = open.answer.then((told) => {
			if (this.#unseen) expect(tagIn(JSON.stringify(told))).toBe(null);
			return told;
		});
		answer.catch(() => {});
		return { ...open, answer };
	}
}

async function overHttp1(url: string, { method = 'GET', path = '/', headers = {} }: Question): Promise<Open> {
	const request: ClientRequest = httpRequest(`${url}${path}`, { method, headers, agent: false });
	request.on('error', () => {});
	onTestFinished(() => void request.destroy());
	if (method === 'POST') request.flushHeaders();
	const content = new Arriving();
	const answer = (async (): Promise<Answer> => {
		const [response] = (await once(request, 'response')) as [IncomingMessage];
		const text = await content.of(response);
		return { status: response.statusCode ?? 0, fields: response.headers, text };
	})();
	return opened(request, answer, content, () => request.destroy());
}

async function overHttp2(url: string, { method = 'GET', path = '/', headers = {} }: Question): Promise<Open> {
	const session: ClientHttp2Session = connect(url);
	session.on('error', () => {});
	onTestFinished(() => session.destroy());
	const endStream = method === 'GET' || method === 'HEAD';
	const stream: ClientHttp2Stream = session.request({ ':path': path, ':method': method, ...headers }, { endStream });
	stream.on('error', () => {});
	const content = new Arriving();
	const answer = (async (): Promise<Answer> => {
		const [fields] = (await once(stream, 'response')) as [Record<string, string | string[]>];
		const text = await content.of(stream);
		if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) throw new Error(`The stream was reset: ${stream.rstCode}`);
		return { status: Number(fields[':status']), fields, text };
	})();
	return opened(stream, answer, content, () => stream.close(constants.NGHTTP2_CANCEL));
}

function opened(
	out: ClientRequest | ClientHttp2Stream,
	answer: Promise<Answer>,
	content: Arriving,
	leave: () => void,
): Open {
	return {
		send: (text) => void out.write(text),
		end: () => void out.end(),
		leave,
		answer,
		arrived: (text) => content.arrived(text),
	};
}

/** Content that comes, and somebody may wait for a part of. */
class Arriving {
	#text = '';
	#waiting: { readonly text: string; resolve(): void }[] = [];

	async of(stream: Readable): Promise<string> {
		for await (const chunk of stream) {
			this.#text += (chunk as Buffer).toString('latin1');
			this.#waiting = this.#waiting.filter(({ text, resolve }) => {
				if (this.#text.includes(text)) resolve();
				return !this.#text.includes(text);
			});
		}
		return this.#text;
	}

	arrived(text: string): Promise<void> {
		return new Promise((resolve) => {
			if (this.#text.includes(text)) resolve();
			else this.#waiting.push({ text, resolve });
		});
	}
}
