/** Error pages as HTML, JSON and plain text. */
import type { Exchange } from '../../rich/exchange.ts';
import type { ErrorFacts } from './facts.ts';

/** The types there are, plain text first: for clients that do not say what they like. */
export const PAGE_TYPES = ['text/plain', 'text/html', 'application/problem+json', 'application/json'] as const;

/** A page of each type; without facts it says the status alone. */
export const PAGES: Readonly<Record<string, (status: number, facts: ErrorFacts | null, exchange: Exchange) => string>> =
	{
		'text/plain': (status, facts) => `${titleOf(status)}\n${facts === null ? '' : `\n${plainFacts(facts, '')}`}`,
		'text/html': htmlPage,
		'application/problem+json': problem,
		'application/json': problem,
	};

const TITLES: Readonly<Record<number, string>> = {
	400: 'Bad Request',
	401: 'Unauthorized',
	403: 'Forbidden',
	404: 'Not Found',
	405: 'Method Not Allowed',
	409: 'Conflict',
	410: 'Gone',
	413: 'Content Too Large',
	415: 'Unsupported Media Type',
	422: 'Unprocessable Content',
	429: 'Too Many Requests',
	500: 'Internal Server Error',
	501: 'Not Implemented',
	502: 'Bad Gateway',
	503: 'Service Unavailable',
	504: 'Gateway Timeout',
};

function titleOf(status: number): string {
	return TITLES[status] ?? (status < 500 ? 'The request cannot be answered' : 'The server failed');
}

function plainFacts(facts: ErrorFacts, indent: string): string {
	let text = `${indent}${facts.title}\n`;
	for (const frame of facts.stack.split('\n')) if (frame !== '') text += `${indent}    ${frame}\n`;
	if (facts.source !== null) {
		text += `\n${indent}${facts.source.place}\n`;
		for (const line of facts.source.lines) {
			text += `${indent}${line.here ? '>' : ' '} ${String(line.number).padStart(5)} | ${line.text}\n`;
		}
	}
	for (const cause of facts.causes) text += `\n${indent}Caused by:\n${plainFacts(cause, `${indent}  `)}`;
	return text;
}

/** A problem of no particular type (RFC 9457 §4.2.1). */
function problem(status: number, facts: ErrorFacts | null): string {
	return `${JSON.stringify({ title: titleOf(status), status, ...(facts === null ? {} : { error: facts }) })}\n`;
}

const STYLE =
	'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}' +
	'pre{overflow:auto;padding:1rem;border:1px solid #8886;border-radius:4px;font-size:14px}mark{display:block}';

function htmlPage(status: number, facts: ErrorFacts | null, exchange: Exchange): string {
	const title = escaped(`${status} ${titleOf(status)}`);
	const request = `${exchange.method} ${exchange.target}`;
	const body = facts === null ? '' : `<p><code>${escaped(request)}</code></p>\n${htmlFacts(facts)}`;
	return (
		`<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${title}</title>\n<style>${STYLE}</style>\n` +
		`<h1>${title}</h1>\n${body}</html>\n`
	);
}

function htmlFacts(facts: ErrorFacts): string {
	let html = `<h2>${escaped(facts.title)}</h2>\n`;
	if (facts.source !== null) {
		html += `<p><code>${escaped(facts.source.place)}</code></p>\n<pre>`;
		for (const line of facts.source.lines) {
			const text = escaped(`${String(line.number).padStart(5)}  ${line.text}`);
			html += line.here ? `<mark>${text}</mark>` : `${text}\n`;
		}
		html += '</pre>\n';
	}
	if (facts.stack !== '') html += `<pre>${escaped(facts.stack)}</pre>\n`;
	for (const cause of facts.causes) html += `<section><p>Caused by</p>\n${htmlFacts(cause)}</section>\n`;
	return html;
}

const ESCAPES: Readonly<Record<string, string>> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
	"'": '&#39;',
};

/** Text for the content of an element or a quoted attribute. */
function escaped(text: string): string {
	return text.replace(/[&<>"']/g, (character) => ESCAPES[character] as string);
}
