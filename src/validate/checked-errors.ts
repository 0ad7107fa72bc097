/** `wsgi.errors`, with what is written to it looked at (VALID-17). */
import type { ErrorStream } from '../layer/gateway/error-stream.ts';
import { described } from '../rich/described.ts';
import type { Inspector } from './finding.ts';

/** An error stream that passes everything on. */
export function checkedErrors(errors: ErrorStream, inspector: Inspector): ErrorStream {
	const check = (text: unknown): void => {
		if (typeof text === 'string') return;
		inspector.below('GATE-46', `wsgi.errors was given ${described(text)}.`, 'Write text: String(value).');
	};
	return {
		write(text) {
			check(text);
			errors.write(text);
		},
		writelines(texts) {
			const all = [...texts];
			for (const text of all) check(text);
			errors.writelines(all);
		},
		flush() {
			errors.flush();
		},
	};
}
