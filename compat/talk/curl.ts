/** curl: a process for each request. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Answer, type FieldLine, type Informational, values } from './answer.ts';
import type { Ask } from './ask.ts';
import type { Client } from './client.ts';

/** Exit codes that say that the response, or all of it, did not come: truncated, reset, closed. */
const TRUNCATED: ReadonlySet<number> = new Set([16, 18, 52, 56, 92, 95]);

export class Curl implements Client {
	readonly #port: number;
	readonly #version: '1.1' | '2';
	/** Where curl writes heads: standard output is for bodies alone. */
	readonly #folder = mkdtempSync(join(tmpdir(), 'rsgi-compat-'));

	constructor(port: number, version: '1.1' | '2') {
		this.#port = port;
		this.#version = version;
	}

	async ask(ask: Ask): Promise<Answer> {
		if (ask.abort !== undefined) throw new Error(`curl does not go away by itself (${ask.target})`);
		const heads = join(this.#folder, 'heads');
		const child = spawn('curl', ['--dump-header', heads, ...this.#args(ask)], { stdio: 'pipe' });
		child.stdin.on('error', () => {});
		child.stdin.end(ask.body ?? '');
		const closed = new Promise<number | null>((resolve, reject) => {
			child.on('error', (error) => reject(new Error(`curl cannot be run (see CONTRIBUTING.md): ${error.message}`)));
			child.on('close', resolve);
		});
		const [body, said, code] = await Promise.all([all(child.stdout), all(child.stderr), closed]);
		if (code !== 0 && !TRUNCATED.has(code ?? -1)) {
			throw new Error(`curl ended with ${code} for ${ask.method ?? 'GET'} ${ask.target}: ${said.toString()}`);
		}
		const head = readFileSync(heads, 'latin1');
		rmSync(heads);
		// To HEAD it prints the head, and there is no content.
		return answer(head, ask.method === 'HEAD' ? Buffer.alloc(0) : body, code === 0);
	}

	close(): void {
		rmSync(this.#folder, { recursive: true });
	}

	#args(ask: Ask): string[] {
		const { method = 'GET', target, body } = ask;
		const version = this.#version === '2' ? '--http2-prior-knowledge' : ask.http10 ? '--http1.0' : '--http1.1';
		const args = ['--silent', '--show-error', '--max-time', '30', version];
		args.push('--path-as-is', '--request-target', target);
		if (method === 'HEAD') args.push('--head');
		else args.push('--request', method);
		const fields = [...(ask.fields ?? [])];
		const given = (name: string) => values(fields, name).length > 0;
		if (!given('host')) fields.push(['Host', 'site.test']);
		if (!given('user-agent')) fields.push(['User-Agent', 'compat']);
		// curl sends these by itself, unless it is told not to.
		if (!given('accept')) fields.push(['Accept', '']);
		if (!ask.expect) fields.push(['Expect', '']);
		else fields.push(['Expect', '100-continue']);
		if (body !== undefined) {
			if (!given('content-type')) fields.push(['Content-Type', '']);
			if (ask.streamed) args.push('--upload-file', '-');
			else args.push('--data-binary', '@-');
		}
		for (const [name, value] of fields) {
			// `Name;` sends an empty value; `Name:` sends none of that name.
			const unsent = value === '' && ['Accept', 'Expect', 'Content-Type'].includes(name);
			args.push('--header', value === '' && !unsent ? `${name};` : `${name}: ${value}`);
		}
		args.push(`http://127.0.0.1:${this.#port}/`);
		return args;
	}
}

async function all(stream: Readable): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}

/** Of what `--dump-header` wrote: heads, each with an empty line behind it, and trailer fields. */
function answer(heads: string, body: Uint8Array, complete: boolean): Answer {
	const informational: Informational[] = [];
	let final: { status: number; reason: string; fields: FieldLine[] } | null = null;
	let trailers: FieldLine[] = [];
	for (const block of heads.split(/\r\n\r\n/)) {
		if (block.trim() === '') continue;
		const [first, ...rest] = block.replace(/^(?:\r\n)+/, '').split('\r\n') as [string, ...string[]];
		const start = /^HTTP\/[\d.]+ (\d{3}) ?(.*)$/.exec(first);
		if (start === null) {
			trailers = [first, ...rest].map(fieldLine);
			continue;
		}
		const status = Number(start[1]);
		const fields = rest.map(fieldLine);
		if (status < 200) informational.push({ status, fields });
		else final = { status, reason: start[2] as string, fields };
	}
	const { status, reason, fields } = final ?? { status: 0, reason: '', fields: [] };
	return { informational, status, reason, fields, body, trailers, end: complete ? 'complete' : 'truncated' };
}

function fieldLine(line: string): FieldLine {
	const colon = line.indexOf(':');
	return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
