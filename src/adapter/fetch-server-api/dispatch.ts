/** Which handler gets an exchange, and what becomes of what it returns or throws. */
import { inFrame } from '../../escape/origin.ts';
import type { FetchServerApp, Handled } from '../../layer/fetch-server/app.ts';
import type { ServerContext } from '../../layer/fetch-server/context.ts';
import { described } from '../../rich/described.ts';
import type { Exchange } from '../../rich/exchange.ts';
import { FAILED, FAILURE_FIELDS } from '../../rich/failure-response.ts';
import { journalOf } from '../../rich/journal.ts';
import { utf8 } from '../../wire/utf8.ts';
import { requestUrl } from '../fetch-call/request-url.ts';
import { requireResponse } from '../fetch-call/required-response.ts';
import type { Waiting } from '../fetch-call/wait-list.ts';
import { refuseTunnel } from '../no-tunnel.ts';
import { FetchServerCall } from './call.ts';
import { ResponseOut } from './response-out.ts';
import { CallConnectContext, CallServerContext, type WebSocketOpener } from './server-context.ts';

const NO_URL = utf8('Bad Request: the authority cannot stand in a URL\n');
const BAD_GATEWAY = utf8('Bad Gateway\n');

/** Answers one exchange. What it is rejected with is for the log: the client has been answered by then. */
export function dispatch(
	app: FetchServerApp,
	exchange: Exchange,
	waiting: Waiting,
	webSocket: WebSocketOpener | null,
): void | Promise<void> {
	const connects = exchange.method === 'CONNECT';
	if (connects && app.connect === undefined) return refuseTunnel(exchange);
	const url = requestUrl(exchange);
	if (url === null) {
		exchange.respond(400, FAILURE_FIELDS);
		exchange.end(NO_URL);
		return;
	}
	journalOf(exchange)?.tell({ kind: 'layer', layer: 'fetch-server' });
	const call = new FetchServerCall(exchange, url, waiting);
	const run = new Dispatch(app, call);
	// An Upgrade that nobody can accept here is one that nobody offers.
	if (app.connect !== undefined && (connects || (exchange.protocol !== null && exchange.accept !== null))) {
		return run.connect(new CallConnectContext(call, webSocket));
	}
	return run.fetch();
}

class Dispatch {
	readonly #app: FetchServerApp;
	readonly #call: FetchServerCall;

	constructor(app: FetchServerApp, call: FetchServerCall) {
		this.#app = app;
		this.#call = call;
	}

	async fetch(): Promise<void> {
		const ctx = new CallServerContext(this.#call);
		try {
			await this.#answer(await inFrame(this.#call.escapes, this.#app.fetch, ctx), 'fetch');
		} catch (error) {
			await this.#failed(ctx, error, 500);
		}
	}

	async connect(ctx: CallConnectContext): Promise<void> {
		const call = this.#call;
		try {
			const given = await inFrame(call.escapes, this.#app.connect as NonNullable<FetchServerApp['connect']>, ctx);
			if (call.fellThrough && call.responsive) {
				if (given !== undefined) throw surplus('connect', given, 'deny(FALL_THROUGH)');
			} else {
				await this.#answer(given, 'connect');
				return;
			}
		} catch (error) {
			await this.#failed(ctx, error, 502);
			return;
		}
		await this.fetch();
	}

	/** Sends what a handler has returned. */
	async #answer(given: unknown, handler: string): Promise<void> {
		const call = this.#call;
		const { state } = call;
		if (state === 'aborted') return cancelled(given);
		if (state === 'denied' || state === 'committed') {
			if (given !== undefined) throw surplus(handler, given, state === 'denied' ? 'deny()' : 'accept()');
			return;
		}
		const response = requireReturned(given, handler);
		if (call.exchange.method === 'CONNECT' && response.status < 300 && !call.escapes.registered) {
			void cancelled(response);
			throw new TypeError(
				`connect returned a Response of status ${response.status}, which says that a tunnel is open: accept(), or return another status. (FSA-51)`,
			);
		}
		await new ResponseOut(call, response).send();
	}

	/** A handler has failed. */
	async #failed(ctx: ServerContext, error: unknown, status: number): Promise<void> {
		const call = this.#call;
		// Of a handler that has heard how the exchange ended there is nothing more to say.
		if (call.state === 'aborted' && error === call.abortReason) return;
		if (!call.responsive) {
			call.tunnel?.destroy(error);
			throw error;
		}
		const second = await this.#byError(ctx, error);
		if (second === null) return;
		if (call.responsive) {
			call.exchange.respond(status, FAILURE_FIELDS);
			call.exchange.end(status === 502 ? BAD_GATEWAY : FAILED);
			call.finish();
		}
		throw second.error;
	}

	/** Lets `error` answer. @returns null when it has; what is for the log when it has not */
	async #byError(ctx: ServerContext, error: unknown): Promise<{ readonly error: unknown } | null> {
		const { error: handler } = this.#app;
		if (handler === undefined) return { error };
		try {
			const given: Awaited<Handled> = await inFrame(this.#call.escapes, handler, ctx, error);
			if (given === undefined && this.#call.responsive) return { error };
			await this.#answer(given, 'error');
			return null;
		} catch (another) {
			return { error: another === error ? error : new AggregateError([error, another], 'error() failed too.') };
		}
	}
}

/**
 * @throws TypeError for what is no response that can be sent
 */
function requireReturned(given: unknown, handler: string): Response {
	if (given === undefined) {
		throw new TypeError(
			handler === 'connect'
				? 'connect returned undefined: return a Response, or accept() or deny() first. (FSA-51)'
				: `${handler} returned undefined: return a Response, or deny() first; is there a return missing? (FSA-51)`,
		);
	}
	try {
		return requireResponse(given);
	} catch (cause) {
		throw new TypeError(`${handler} returned ${described(given)} that cannot be sent. (FSA-51)`, { cause });
	}
}

function surplus(handler: string, given: unknown, after: string): TypeError {
	void cancelled(given);
	return new TypeError(`${handler} returned ${described(given)} after ${after}: it returns nothing then. (FSA-51)`);
}

/** Nobody wants it. */
async function cancelled(given: unknown): Promise<void> {
	if (given instanceof Response && !given.body?.locked) await given.body?.cancel();
}
