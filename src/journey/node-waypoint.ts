/** Middleware of Node as a point on the way. It does not await what is below: on the way back it sees the head being written. */
import { currentJournal } from '../escape/frame.ts';
import { type Journal, lookOf, type ResponseLook } from '../rich/journal.ts';

/** What is used of Node's response. */
interface Response {
	statusCode: number;
	readonly headersSent: boolean;
	getHeaders(): Readonly<Record<string, number | string | readonly string[] | undefined>>;
	writeHead(...given: unknown[]): unknown;
}

/**
 * Tells of middleware of `(req, res, next)`, as Express and connect have it. Where nobody watches it only runs it. What the
 * middleware does to the head is seen where it does so before `next`, or when the head is written; the content is not looked at.
 *
 * @param name what the middleware is called
 * @param middleware the middleware, which is not changed
 * @example
 * app.use(nodeWaypoint('helmet', helmet()));
 */
export function nodeWaypoint<Q, R, N>(
	name: string,
	middleware: (req: Q, res: R, next: N) => unknown,
): (req: Q, res: R, next: N) => unknown {
	return (req, res, next) => {
		const journal = currentJournal();
		if (journal === null) return middleware(req, res, next);
		const response = res as Response;
		const point = new NodePoint(name, journal, response);
		point.enter();
		// Below what the middleware may put over it.
		watchHead(response, (given) => point.back(given));
		const through = (...given: unknown[]): unknown => {
			if (given[0] !== undefined) journal.tell({ kind: 'threw', name });
			else point.through();
			return (next as (...given: unknown[]) => unknown)(...given);
		};
		return middleware(req, res, through as N);
	};
}

function watchHead(response: Response, seen: (given: readonly unknown[]) => void): void {
	const { writeHead } = response;
	response.writeHead = (...given) => {
		seen(given);
		return writeHead.apply(response, given);
	};
}

class NodePoint {
	readonly #name: string;
	readonly #journal: Journal;
	readonly #response: Response;
	#before: ResponseLook | null = null;
	#isBack = false;

	constructor(name: string, journal: Journal, response: Response) {
		this.#name = name;
		this.#journal = journal;
		this.#response = response;
	}

	enter(): void {
		this.#journal.tell({ kind: 'enter', name: this.#name, response: this.#look([]) });
	}

	through(): void {
		if (this.#isBack) return;
		this.#journal.tell({ kind: 'through', name: this.#name, response: this.#look([]) });
		// Above what the middleware has put over it.
		watchHead(this.#response, (given) => {
			this.#before ??= this.#look(given);
		});
	}

	/** The head is being written, and has passed what the middleware has put over `writeHead`. */
	back(given: readonly unknown[]): void {
		if (this.#isBack || this.#response.headersSent) return;
		this.#isBack = true;
		const after = this.#look(given);
		this.#journal.tell({ kind: 'back', name: this.#name, before: this.#before, after });
	}

	#look([status]: readonly unknown[]): ResponseLook {
		const lines: string[] = [];
		for (const [name, value] of Object.entries(this.#response.getHeaders())) {
			for (const one of Array.isArray(value) ? value : [value]) lines.push(name, String(one));
		}
		return lookOf(typeof status === 'number' ? status : this.#response.statusCode, lines);
	}
}
