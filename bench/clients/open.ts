/** Connections of a load generator, and what it is told on its command line. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { parseArgs } from 'node:util';
import { Http1Talk } from './http1-talk.ts';
import { Http2Talk } from './http2-talk.ts';
import type { Answers, Talk } from './talk.ts';

const { values } = parseArgs({
	options: {
		port: { type: 'string' },
		protocol: { type: 'string' },
		path: { type: 'string', default: '/hello' },
		connections: { type: 'string', default: '1' },
		streams: { type: 'string', default: '0' },
		requests: { type: 'string', default: '0' },
		rate: { type: 'string', default: '0' },
		seconds: { type: 'string', default: '1' },
	},
});

/** What a load generator can be told. */
export interface Options {
	readonly path: string;
	readonly connections: number;
	/** Requests that are open at once on each connection. */
	readonly streams: number;
	/** How many in all. */
	readonly requests: number;
	/** Per second. */
	readonly rate: number;
	readonly seconds: number;
	/** Whether requests can be open beside each other on one connection. */
	readonly isMultiplexed: boolean;
}

/** Of this process. */
export const options: Options = {
	path: values.path,
	connections: Number(values.connections),
	streams: Number(values.streams),
	requests: Number(values.requests),
	rate: Number(values.rate),
	seconds: Number(values.seconds),
	isMultiplexed: values.protocol === 'h2' || values.protocol === 'h2c',
};

const isSecure = values.protocol === 'h2' || values.protocol === 'h1s';

/** An open connection. */
export interface Open {
	readonly talk: Talk;
	/** Sends one more request, and returns its number. */
	ask(): number;
	close(): void;
}

/**
 * Opens a connection and says what is said first.
 * @param answers what comes of the requests; an answer that is not 200 ends the process with an error
 */
export function open(answers: Answers, takesPush = false): Promise<Open> {
	return new Promise((resolve, reject) => {
		const checked: Answers = {
			begun(stream, isOk) {
				if (!isOk) fail(new Error('an answer was not 200'));
				answers.begun?.(stream, isOk);
			},
			ended: (stream) => answers.ended(stream),
		};
		const talk = options.isMultiplexed
			? new Http2Talk(options.path, isSecure ? 'https' : 'http', checked, takesPush)
			: new Http1Talk(options.path, checked);
		const where = { port: Number(values.port), host: '127.0.0.1' };
		const secure = { ...where, rejectUnauthorized: false, ALPNProtocols: [options.isMultiplexed ? 'h2' : 'http/1.1'] };
		let isClosing = false;
		const ready = (): void => {
			socket.setNoDelay(true);
			if (talk.opening.length > 0) socket.write(talk.opening);
			socket.on('close', () => {
				if (!isClosing) fail(new Error('the server closed a connection'));
			});
			resolve({
				talk,
				ask() {
					socket.write(talk.ask());
					return talk.last;
				},
				close() {
					isClosing = true;
					socket.destroy();
				},
			});
		};
		const socket: Socket = isSecure ? connectTls(secure, ready) : connectTcp(where, ready);
		socket.on('error', reject);
		socket.on('data', (bytes: Buffer) => {
			try {
				const answer = talk.receive(bytes);
				if (answer !== null) socket.write(answer);
			} catch (error) {
				fail(error as Error);
			}
		});
	});
}

/** As many connections as the command line says, at most 64 of them on their way at once. */
export async function openAll(answers: (index: number) => Answers, takesPush = false): Promise<readonly Open[]> {
	const all: Open[] = [];
	for (let index = 0; index < options.connections; index += 64) {
		const count = Math.min(64, options.connections - index);
		all.push(...(await Promise.all(Array.from({ length: count }, (_, at) => open(answers(index + at), takesPush)))));
	}
	return all;
}

/** Ends the process: what was measured would be no measurement. */
export function fail(error: Error): never {
	console.error(error.message);
	process.exit(1);
}

/** The result, for whoever started this process. */
export function report(figures: Readonly<Record<string, number | boolean>>): void {
	console.log(JSON.stringify(figures));
}
