/** The request head, as an exchange shows it. */
import type { RequestHead } from '../wire/carrier.ts';
import type { Fields } from '../wire/fields.ts';

export class RequestView {
	protected readonly head: RequestHead;

	constructor(head: RequestHead) {
		this.head = head;
	}

	get method(): string {
		return this.head.method;
	}
	get scheme(): string {
		return this.head.scheme;
	}
	get authority(): string {
		return this.head.authority;
	}
	get target(): string {
		return this.head.target;
	}
	get protocol(): string | null {
		return this.head.protocol;
	}
	get fields(): Fields {
		return this.head.fields;
	}
	get httpVersion(): '1.0' | '1.1' | '2' {
		return this.head.httpVersion;
	}
}
