/** A carrier that does nothing but write down its commands; the test plays the engine. */
import type { Carrier, CarrierSink, Priority, RequestHead } from '../../src/wire/carrier.ts';
import { Fields } from '../../src/wire/fields.ts';
import { DEFAULT_PRIORITY } from '../../src/wire/priority.ts';

/** Set the capabilities, then drive `sink`. */
export class ScriptedCarrier implements Carrier {
	sink!: CarrierSink;
	canInform = true;
	canPush = true;
	canAccept = false;
	canTrail = true;
	readonly unhanded = 0;
	/** What a push gives; null declines it. */
	pushed: Carrier | null = null;
	/** What `write` says is waiting; by default all that was written. */
	waiting = 0;
	readonly log: string[] = [];

	inform(status: number): void {
		this.log.push(`inform ${status}`);
	}
	respond(status: number): void {
		this.log.push(`respond ${status}`);
	}
	write(chunk: Uint8Array): number {
		this.log.push(`write ${chunk.length}`);
		this.waiting += chunk.length;
		return this.waiting;
	}
	end(trailers: Fields | null): void {
		this.log.push(trailers === null ? 'end' : `end ${trailers.lines.join(' ')}`);
	}
	accept(): void {
		this.log.push('accept');
	}
	push(head: RequestHead): Carrier | null {
		this.log.push(`push ${head.target}`);
		return this.pushed;
	}
	reset(code: number): void {
		this.log.push(`reset ${code}`);
	}
	retire(): void {
		this.log.push('retire');
	}
	continue(): void {
		this.log.push('continue');
	}
	credit(bytes: number): void {
		this.log.push(`credit ${bytes}`);
	}
	hold(): void {
		this.log.push('hold');
	}
	release(): void {
		this.log.push('release');
	}
	discard(): void {
		this.log.push('discard');
	}
	prioritize(priority: Priority): void {
		this.log.push(`prioritize ${priority.urgency}`);
	}
}

/** A request head for it: a POST on HTTP/2 whose content follows, unless said otherwise. */
export function scriptedHead(head: Partial<RequestHead> = {}): RequestHead {
	return {
		method: 'POST',
		scheme: 'https',
		authority: 'localhost',
		target: '/',
		protocol: null,
		fields: new Fields(),
		httpVersion: '2',
		expectsContinue: false,
		contentLength: -1,
		priority: DEFAULT_PRIORITY,
		...head,
	};
}
