/** docs/compatibility.md, of the list of differences and of what is asked. */
import { readFileSync } from 'node:fs';
import type { Accepted } from './accepted.ts';
import { speakers } from './compare/rows.ts';
import { differences } from './differences.ts';
import { SUBJECTS, type Subject } from './subjects.ts';

export const DOCUMENT: URL = new URL('../docs/compatibility.md', import.meta.url);

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
	dependencies: Record<string, string>;
};

export function page(): string {
	const lines = [
		'# Frameworks on RSGI',
		'',
		'What people have written for another server answers the same on ours. Each application below is of its framework alone, with the',
		'middleware that is usual there, and knows nothing of RSGI. It runs twice: on the server that the framework comes with, and on RSGI.',
		'Both are asked the same by curl and undici over HTTP/1.1; RSGI also by curl and `node:http2` over HTTP/2, where it is compared with',
		'what the own server says over HTTP/1.1. Compared are the status, informational responses, fields, content, trailer fields, and whether the',
		'response was whole; and of clients that go away, what the application is told.',
		'',
		'Not compared are Date and random identifiers, the fields of the connection (Connection, Keep-Alive, Transfer-Encoding), reason phrases that a server',
		'has by itself, a Content-Length that is true where the other has none, and how much came of a response that broke off. Content is compared without its',
		'content coding. `npm run compat` does it all and writes this page; a test in CI does it too, and fails for a difference that is not listed here, and',
		'for one that is and no longer occurs. The applications are in `compat/apps`, what they are asked in `compat/requests`.',
		'',
		'| framework | version | layer | compared with | requests | answers | differences |',
		'| --- | --- | --- | --- | --- | --- | --- |',
		...SUBJECTS.map(summary),
		'',
		'## Differences',
		'',
		`Each is demanded by a rule: of [spec/fetch.md](../spec/fetch.md), [spec/node.md](../spec/node.md), [spec/rich.md](../spec/rich.md), or of an RFC.`,
		...differences.flatMap(section),
	];
	return `${lines.join('\n')}\n`;
}

function summary(subject: Subject): string {
	const { title, layer, own, package: name, conversations } = subject;
	const steps = conversations.map(
		({ steps }) => steps.filter((step) => typeof step === 'function' || !step.aside).length,
	);
	const requests = steps.reduce((sum, count) => sum + count, 0);
	const answers = conversations.reduce((sum, one, at) => sum + (steps[at] as number) * speakers(one).length, 0);
	const found = differences.flatMap(({ rows }) => rows).filter((row) => frameworks(row).includes(title)).length;
	const version = dependencies[name]?.replace(/^.*@/, '') ?? '';
	return `| ${title} | ${version} | ${layer} | ${own} | ${requests} | ${answers} | ${found} |`;
}

function frameworks(row: string): string[] {
	return row.slice(0, row.indexOf(' | ')).split(', ');
}

function section({ rule, why, rows }: Accepted): string[] {
	return [
		'',
		`### ${rule}`,
		'',
		why,
		'',
		'| framework | request | what | over | own server → RSGI |',
		'| --- | --- | --- | --- | --- |',
		...rows.map((row) => `| ${cells(row).join(' | ')} |`),
	];
}

/** The five columns; request and values may have bars themselves. */
function cells(row: string): string[] {
	const parts = row.split(' | ');
	const at = parts.findIndex(
		(part, index) => index > 1 && /^(?:status|reason|end|informational|body|field .*|trailer .*)$/.test(part),
	);
	const [framework = ''] = parts;
	const request = parts.slice(1, at).join(' | ');
	const [what = '', seen = ''] = parts.slice(at);
	const values = parts.slice(at + 2).join(' | ');
	return [framework, code(request), what, seen, code(values)];
}

/** As code, whatever it has in it. */
function code(text: string): string {
	return `\`\`${text.startsWith('`') ? ' ' : ''}${text.replaceAll('|', '\\|')}\`\``;
}
