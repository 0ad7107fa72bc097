/** What a validator finds, whose fault it is, and where it is told. */
import { Misuse } from '../wire/fault.ts';

/** Who is at fault: what calls the application, the application, or middleware that stands in its place or above it. */
export type Party = 'server' | 'application' | 'middleware';

/** One thing that somebody did against the rules. */
export interface Finding {
	/** Who did it. */
	readonly party: Party;
	/** The rule in `spec/`, as `GATE-12`, or the section of an RFC. */
	readonly rule: string;
	/** What was done, in one sentence. */
	readonly message: string;
	/** What to do instead. */
	readonly fix: string;
	/** The request during which it was done, as `GET /path`. */
	readonly request: string;
}

/** How a validator tells what it finds, and between whom it stands. */
export interface ValidateOptions {
	/**
	 * Told each finding; everything then passes as it came. Without it a finding is thrown to whoever is at fault, as a
	 * {@link ValidationFault}. It must not throw.
	 */
	readonly report?: ((finding: Finding) => void) | undefined;
	/** What calls the validator; `server` by default. */
	readonly above?: 'server' | 'middleware' | undefined;
	/** What the validator calls; `application` by default. */
	readonly below?: 'application' | 'middleware' | undefined;
}

/** A finding, thrown. */
export class ValidationFault extends Misuse {
	override readonly name: string = 'ValidationFault';
	readonly finding: Finding;

	constructor(finding: Finding, cause?: unknown) {
		super(finding.rule, `${finding.request}: the ${finding.party} is at fault. ${finding.message} ${finding.fix}`);
		this.finding = finding;
		if (cause !== undefined) this.cause = cause;
	}
}

/** Tells the findings of one request (VALID-1, VALID-4). */
export class Inspector {
	/** Whether what calls the validator is the server itself, so that nothing can have been changed on the way. */
	readonly underServer: boolean;
	readonly #options: ValidateOptions;
	readonly #request: string;
	/** The rules of what has been told. */
	readonly #told = new Set<string>();

	constructor(options: ValidateOptions, request: string) {
		this.#options = options;
		this.#request = request;
		this.underServer = options.above !== 'middleware';
	}

	/** What calls the validator is at fault. */
	above(rule: string, message: string, fix: string): void {
		this.#tell({ party: this.#options.above ?? 'server', rule, message, fix, request: this.#request });
	}

	/** What the validator calls is at fault. */
	below(rule: string, message: string, fix: string): void {
		this.#tell({ party: this.#options.below ?? 'application', rule, message, fix, request: this.#request });
	}

	/** A misuse, by what the validator calls, of what it was given; the message has the fix behind its first colon. */
	misuse(error: Misuse): void {
		if (error instanceof ValidationFault) throw error;
		const text = error.message.endsWith(` (${error.rule})`)
			? error.message.slice(0, -error.rule.length - 3)
			: error.message;
		const colon = text.indexOf(': ');
		const message = colon < 0 ? text : `${text.slice(0, colon)}.`;
		const fix =
			colon < 0 ? `Keep to ${error.rule}.` : `${text.charAt(colon + 2).toUpperCase()}${text.slice(colon + 3)}`;
		this.#tell(
			{ party: this.#options.below ?? 'application', rule: error.rule, message, fix, request: this.#request },
			error,
		);
	}

	/**
	 * Something was thrown out of what the validator calls. A misuse that nobody has been told of yet is a finding; without
	 * `report` it shows as it is.
	 */
	escaped(error: unknown): void {
		if (!(error instanceof Misuse) || error instanceof ValidationFault) return;
		if (this.#options.report !== undefined && !this.#told.has(error.rule)) this.misuse(error);
	}

	#tell(finding: Finding, cause?: unknown): void {
		this.#told.add(finding.rule);
		if (this.#options.report === undefined) throw new ValidationFault(finding, cause);
		this.#options.report(finding);
	}
}
