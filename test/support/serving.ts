/** `rsgi serve` in a folder of its own, as its operator runs it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from './folder.ts';
import { Running } from './running.ts';

/** The text of an entry whose answers say a word, who asks, and in which process. */
export function wordApp(text: string): string {
	return `import { rich, utf8 } from 'rsgi';
export default rich((exchange) => {
	exchange.respond(200, ['x-pid', String(process.pid)]);
	exchange.end(utf8(${JSON.stringify(text)} + ' ' + (exchange.connection.peer?.address ?? '-')));
});`;
}

/** One that listens. */
export interface Serving {
	readonly run: Running;
	readonly url: string;
	readonly cwd: string;
	/** Writes the entry anew. */
	readonly change: (text: string) => void;
}

/**
 * Serves `app.ts`, which says `old`, on a free port until the test has ended.
 * @param files more of them, or another `app.ts`
 */
export async function serving(
	args: readonly string[],
	files: Record<string, string> = {},
	env: Readonly<Record<string, string>> = {},
): Promise<Serving> {
	const cwd = folder({ 'app.ts': wordApp('old'), ...files });
	const run = new Running('src/cli/main.ts', ['serve', 'app.ts', '--port', '0', ...args], { cwd, env });
	const [, url = ''] = await run.prints(/^Listening on (\S+)$/m);
	return { run, url, cwd, change: (text) => writeFileSync(join(cwd, 'app.ts'), text) };
}

/** Resolves once the condition holds. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
	while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The processes that answer: so many of them. */
export async function answering(url: string, count: number): Promise<Set<string>> {
	const found = new Set<string>();
	await until(async () => {
		const response = await fetch(url, { headers: { connection: 'close' } });
		await response.text();
		found.add(response.headers.get('x-pid') ?? '');
		return found.size >= count;
	});
	return found;
}

/** Whether a process has not ended. */
export function alive(pid: string): boolean {
	try {
		// What has ended and was not waited for yet is no process any more.
		return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
}
