/** A rich application on a gateway, in the test's hands: the exchange above, and the body below, step by step. */
import { type ExchangeEnded, type Handler, type RichFunction, rich } from 'rsgi';
import { richToGateway } from 'rsgi/adapters';
import { type Body, BodyReader, type Environ, type Input, latin1 } from 'rsgi/gateway';
import type { Exchange } from '../../src/rich/exchange.ts';
import { latin1Bytes, latin1Decode } from '../../src/wire/latin1.ts';
import { environOf } from './environ.ts';
import { settled } from './settled.ts';

/** What is below: how the response began, and its blocks. */
export class ReadGateway {
	readonly log: string[] = [];
	body!: Body;
	reader!: BodyReader;

	/** Calls an application; `refuse` makes `startResponse` throw. */
	static async of(run: RichFunction, values: Partial<Environ> = {}, refuse: Error | null = null): Promise<ReadGateway> {
		const read = new ReadGateway();
		const app = richToGateway(rich(run));
		read.body = await app(environOf(values), (status, fields) => {
			read.log.push([latin1(status), ...fields.map(([name, value]) => `${latin1(name)}: ${latin1(value)}`)].join(' '));
			if (refuse !== null) throw refuse;
			return async () => {};
		});
		read.reader = new BodyReader(read.body);
		return read;
	}

	/** The next block as text; null at the end. */
	async next(): Promise<string | null> {
		const step = await this.reader.next();
		return step.done === true ? null : latin1Decode(step.value, 0, step.value.length);
	}

	/** All blocks that are left, then `close()`. */
	async rest(): Promise<string[]> {
		const blocks: string[] = [];
		for (let block = await this.next(); block !== null; block = await this.next()) blocks.push(block);
		await this.reader.close();
		return blocks;
	}
}

/** An exchange that stays open in the test's hands. */
export async function openOnGateway(
	handler: Handler | null,
	values: Partial<Environ> = {},
): Promise<{ exchange: Exchange; read: ReadGateway }> {
	let opened: Exchange | null = null;
	const read = await ReadGateway.of((exchange) => {
		opened = exchange;
		if (handler !== null) exchange.attach(handler);
	}, values);
	await settled();
	return { exchange: opened as unknown as Exchange, read };
}

/** A `wsgi.input` that gives what the test feeds it, and says what it was asked for. */
export class FedInput implements Input {
	/** The sizes asked for, `1` before those of `read1`. */
	readonly asked: string[] = [];
	readonly #fed: (string | Error)[] = [];
	#waiting: (() => void) | null = null;

	/** Content that has come; the empty string is the end, an error is what a read rejects with. */
	feed(...parts: (string | Error | ExchangeEnded)[]): void {
		this.#fed.push(...parts);
		this.#waiting?.();
	}

	async read1(size?: number): Promise<Uint8Array> {
		this.asked.push(`1:${size}`);
		if (this.#fed.length === 0) {
			await new Promise<void>((resolve) => {
				this.#waiting = resolve;
			});
		}
		const part = this.#fed.shift() as string | Error;
		if (typeof part !== 'string') throw part;
		return latin1Bytes(part);
	}

	async read(size?: number): Promise<Uint8Array> {
		this.asked.push(String(size));
		const part = this.#fed.shift() ?? '';
		if (typeof part !== 'string') throw part;
		return latin1Bytes(part);
	}

	readline(): never {
		throw new Error('unused');
	}
	readlines(): never {
		throw new Error('unused');
	}
	[Symbol.asyncIterator](): never {
		throw new Error('unused');
	}
}
