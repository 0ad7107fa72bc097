/** What the command says on standard error, in colour where that is a terminal. */

/** Whether a stream shows colours: a terminal does, unless NO_COLOR (https://no-color.org) says not to; FORCE_COLOR makes any. */
export function inColour(stream: { readonly isTTY?: boolean | undefined }): boolean {
	const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
	if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
	if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true;
	return stream.isTTY === true && TERM !== 'dumb';
}

function said(colour: number, text: string): void {
	const mark = inColour(process.stderr) ? `\x1b[${colour}m\x1b[1mrsgi:\x1b[22m\x1b[39m` : 'rsgi:';
	console.error(`${mark} ${text}`);
}

/** Says something. What went wrong is red, what is done about it is not coloured. */
export const tell: {
	readonly error: (text: string) => void;
	readonly problem: (text: string) => void;
	readonly news: (text: string) => void;
} = {
	/** The command ends. */
	error: (text) => said(31, text),
	/** It goes on. */
	problem: (text) => said(33, text),
	news: (text) => said(32, text),
};
