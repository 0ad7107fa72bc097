/** Which content codings the platform's `fetch` decodes. Nothing of a response tells: its fields stay as they were. */

interface Runtime {
	readonly Deno?: object;
	readonly process?: { readonly versions?: { readonly undici?: string; readonly bun?: string } };
}

const CODINGS: ReadonlySet<string> = new Set(codings(globalThis as Runtime));

/** As each runtime was tried. Undici, which is the fetch of Node.js, decodes zstd from 7.11 on: not on Node.js 22. */
function codings({ Deno, process }: Runtime): readonly string[] {
	if (Deno !== undefined) return ['gzip', 'br'];
	const all = ['gzip', 'x-gzip', 'deflate', 'br'];
	const [major = 0, minor = 0] = (process?.versions?.undici ?? '').split('.').map(Number);
	const isNew = process?.versions?.bun !== undefined || major > 7 || (major === 7 && minor >= 11);
	return isNew ? [...all, 'zstd'] : all;
}

/** Whether content of these codings has been decoded. Where one of them is unknown, none of them has been. */
export function decodes(contentEncoding: string): boolean {
	return contentEncoding.split(',').every((coding) => CODINGS.has(coding.trim().toLowerCase()));
}
