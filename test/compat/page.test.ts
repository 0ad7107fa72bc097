/** docs/compatibility.md, and the list that it is made of. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judged, listed } from '../../compat/accepted.ts';
import { differences } from '../../compat/compare/differences.ts';
import { type NormalisedAnswer, normalised } from '../../compat/compare/normalised.ts';
import { differences as accepted } from '../../compat/differences.ts';
import { DOCUMENT, page } from '../../compat/page.ts';
import { SUBJECTS } from '../../compat/subjects.ts';
import type { Answer } from '../../compat/talk/answer.ts';
import { specRules } from '../../scripts/spec-rules.ts';

const SPEC = new URL('../../spec/', import.meta.url);

test('the page is as the list makes it: npm run compat', () => {
	expect(readFileSync(DOCUMENT, 'utf8')).toBe(page());
});

test('each difference cites a rule that there is', () => {
	const numbers = readdirSync(SPEC).flatMap((name) =>
		specRules(name, readFileSync(new URL(name, SPEC), 'utf8')).rules.map(({ number }) => number),
	);
	for (const { rule, rows } of accepted) {
		expect(rows.length, rule).toBeGreaterThan(0);
		if (!/^RFC \d{4} §\d+(?:\.\d+)*$/.test(rule)) expect(numbers).toContain(rule);
	}
});

test('each difference is of a framework that is compared', () => {
	const titles = SUBJECTS.map(({ title }) => title);
	for (const row of listed().keys()) expect(titles).toContain(row.slice(0, row.indexOf(' | ')));
});

test('conversations have names of their own', () => {
	for (const { title, conversations } of SUBJECTS) {
		const names = conversations.map(({ name }) => name);
		expect(new Set(names).size, title).toBe(names.length);
	}
});

test('a difference that is not listed is told, and one that is gone', () => {
	const [row = ''] = listed().keys();
	const framework = row.slice(0, row.indexOf(' | '));
	expect(judged(framework, ['new']).unlisted).toEqual(['new']);
	expect(judged(framework, []).gone).toContain(row);
});

describe('what counts of an answer', () => {
	const plain: Answer = {
		informational: [],
		status: 200,
		reason: 'OK',
		fields: [
			['Content-Type', 'text/plain; charset=utf-8'],
			['Date', 'Tue, 24 Nov 2026 15:00:00 GMT'],
		],
		body: Buffer.from('hello'),
		trailers: [],
		end: 'complete',
	};
	const shown = (change: Partial<Answer> = {}): NormalisedAnswer => normalised({ ...plain, ...change }, 'mark', []);
	const found = (own: Partial<Answer>, ours: Partial<Answer>, version: '1.1' | '2' = '1.1'): string[] =>
		differences(shown(own), shown(ours), version).map(({ what }) => what);

	test.each<[string, Partial<Answer>, string]>([
		['a status', { status: 201 }, 'status'],
		['a reason of the application', { reason: 'Fine' }, 'reason'],
		['content', { body: Buffer.from('hullo') }, 'body'],
		['a field', { fields: [...plain.fields, ['X-A', '1']] }, 'field x-a'],
		['a field that is gone', { fields: plain.fields.slice(0, 1) }, 'field date'],
		['a trailer field', { trailers: [['X-Sum', '1']] }, 'trailer x-sum'],
		['an informational response', { informational: [{ status: 103, fields: [] }] }, 'informational'],
		['a response that broke off', { end: 'truncated' }, 'end'],
	])('%s', (_name, change, what) => {
		expect(found({}, change)).toContain(what);
	});

	test.each<[string, Partial<Answer>]>([
		['the time', { fields: [plain.fields[0] as [string, string], ['Date', 'Tue, 24 Nov 2026 15:00:01 GMT']] }],
		['the case of a name', { fields: plain.fields.map(([name, value]) => [name.toLowerCase(), value]) }],
		['the connection', { fields: [...plain.fields, ['Connection', 'close']] }],
		['a length that is true', { fields: [...plain.fields, ['Content-Length', '5']] }],
		['another name for a status', { reason: 'unknown' }],
	])('not %s', (_name, change) => {
		expect(found({}, change)).toEqual([]);
	});

	test('a length that only the own server gives, on HTTP/1.1', () => {
		const own: Partial<Answer> = { fields: [...plain.fields, ['Content-Length', '5']] };
		expect(found(own, {})).toEqual(['field content-length']);
		expect(found(own, {}, '2')).toEqual([]);
	});
});
