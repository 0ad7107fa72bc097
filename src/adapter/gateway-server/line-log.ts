/** `wsgi.errors` of a server: text becomes lines of the log. */
import type { ErrorStream } from '../../layer/gateway/error-stream.ts';
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';

/** Where lines go; must not throw. */
export type TellLine = (line: string) => void;

/** The stream of one request: what several write at the same time is not mixed within a line. */
export class LineLog implements ErrorStream {
	readonly #tell: TellLine;
	/** What stands behind the last LF. */
	#rest = '';

	constructor(tell: TellLine) {
		this.#tell = tell;
	}

	/** @throws Misuse for what is no text (GATE-46) */
	write(text: string): void {
		if (typeof text !== 'string') {
			throw new Misuse('GATE-46', `wsgi.errors takes text, not ${described(text)}: write String(value).`);
		}
		const lines = (this.#rest + text).split('\n');
		this.#rest = lines.pop() as string;
		for (const line of lines) this.#tell(line);
	}

	writelines(texts: Iterable<string>): void {
		for (const text of texts) this.write(text);
	}

	flush(): void {
		const rest = this.#rest;
		if (rest === '') return;
		this.#rest = '';
		this.#tell(rest);
	}
}

/** A line with its control characters as they are written in source, but for tabs: an application may log what a client has sent. */
export function visibleLine(line: string): string {
	return line.replaceAll(/\p{Cc}/gu, shown);
}

function shown(control: string): string {
	return control === '\t' ? control : `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
