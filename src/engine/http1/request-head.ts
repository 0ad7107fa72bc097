/** The request head as exchanges see it. */
import type { Priority, RequestHead } from '../../wire/carrier.ts';
import { type FieldLines, Fields } from '../../wire/fields.ts';
import type { FieldFacts } from './field-facts.ts';
import type { HeadParser } from './head-parser.ts';

const NO_LINES: FieldLines = [];

/** A head taken from the parser; its fields are built when somebody asks for them. */
export class Http1RequestHead implements RequestHead {
	readonly method: string;
	readonly scheme: string;
	readonly authority: string;
	readonly target: string;
	readonly httpVersion: '1.0' | '1.1';
	readonly #facts: FieldFacts;
	/** Until somebody has asked for the fields, which are a copy. */
	#lines: FieldLines;
	#fields: Fields | null = null;

	/** @param scheme of the transport, for targets that name none */
	constructor(parser: HeadParser, facts: FieldFacts, scheme: string) {
		const { requestLine, target } = parser;
		this.method = requestLine.method;
		this.target = requestLine.target;
		this.scheme = this.method === 'CONNECT' ? '' : (target.scheme ?? scheme);
		this.authority = target.authority ?? facts.host ?? '';
		this.httpVersion = requestLine.minor === 0 ? '1.0' : '1.1';
		this.#facts = facts;
		this.#lines = parser.lines;
	}

	get fields(): Fields {
		if (this.#fields === null) {
			this.#fields = new Fields(this.#lines.slice());
			this.#lines = NO_LINES;
		}
		return this.#fields;
	}

	get protocol(): string | null {
		return this.method === 'CONNECT' ? null : this.#facts.protocol;
	}

	get expectsContinue(): boolean {
		return this.#facts.expectsContinue;
	}

	/** The bytes behind CONNECT are the tunnel's: no length was announced, and the head did not end the request. */
	get contentLength(): number {
		return this.method === 'CONNECT' ? -1 : this.#facts.contentLength;
	}

	get priority(): Priority {
		return this.#facts.priority;
	}

	/** Whether the request allows the connection to go on. */
	get persistent(): boolean {
		return this.#facts.persistent;
	}
}
