/** The lines of the source that a stack points at. For developers only. */

/** A line of source. */
export interface SourceLine {
	readonly number: number;
	readonly text: string;
	/** Whether it is the one. */
	readonly here: boolean;
}

/** How many lines there are before and after it. */
const AROUND = 4;

/** A line longer than this was not written by hand. */
const WIDTH_MAX = 240;

/** `at name (file:///srv/app.ts:12:5)`, or a bare path in the place of the URL. */
const FRAME = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):\d+\)?$/;

/**
 * The lines about the first frame that is of the application itself, or null when there is none, or no file system.
 * Loaded when it is first needed, so that whoever runs elsewhere, or in production, does without.
 */
export async function sourceLines(
	frames: readonly string[],
): Promise<{ place: string; lines: readonly SourceLine[] } | null> {
	for (const frame of frames) {
		const [, file = '', line = ''] = FRAME.exec(frame) ?? [];
		if (file === '' || file.includes('node_modules')) continue;
		try {
			const { readFile } = await import('node:fs/promises');
			const text = await readFile(file.startsWith('file:') ? new URL(file) : file, 'utf8');
			return { place: `${file}:${line}`, lines: around(text.split(/\r?\n/), Number(line)) };
		} catch {
			return null;
		}
	}
	return null;
}

function around(lines: readonly string[], number: number): SourceLine[] {
	const first = Math.max(1, number - AROUND);
	return lines.slice(first - 1, number + AROUND).map((text, at) => ({
		number: first + at,
		text: text.slice(0, WIDTH_MAX),
		here: first + at === number,
	}));
}
