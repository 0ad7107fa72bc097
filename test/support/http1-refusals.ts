/** Asserts that a request is refused, however it is split and whatever comes behind it. */
import { expect } from 'vitest';
import { Talk, type TalkOptions } from './http1-talk.ts';

/** What must not reach an application. */
const BEHIND = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';

/** The request is refused before any exchange begins. */
export function expectRefused(request: string, status: number, rule: string, options: TalkOptions = {}): void {
	for (const talk of [
		new Talk(undefined, options).feed(request),
		new Talk(undefined, options).drip(request),
		new Talk(undefined, options).feed(request + BEHIND),
	]) {
		expect(talk.exchanges).toHaveLength(0);
		expectRefusal(talk, status, rule);
	}
}

/** The content is refused after the exchange has begun and before it was answered. */
export function expectContentRefused(request: string, status: number, rule: string, options: TalkOptions = {}): void {
	for (const talk of [
		new Talk(() => {}, options).feed(request),
		new Talk(() => {}, options).drip(request),
		new Talk(() => {}, options).feed(request + BEHIND),
	]) {
		expect(talk.exchanges).toHaveLength(1);
		expect(talk.last.closes).toEqual(['lost']);
		expect(talk.last.ends).toEqual([]);
		expectRefusal(talk, status, rule);
	}
}

function expectRefusal(talk: Talk, status: number, rule: string): void {
	expect(talk.faults.map((fault) => `${fault.status} ${fault.rule}`)).toEqual([`${status} ${rule}`]);
	expect(talk.output).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [A-Z]`));
	expect(talk.output).toContain('\r\nConnection: close\r\n');
	expect(talk.output).toMatch(/\r\nDate: /);
	const content = talk.output.slice(talk.output.indexOf('\r\n\r\n') + 4);
	expect(talk.output).toContain(`\r\nContent-Length: ${content.length}\r\n`);
	expect(talk.engine.finished).toBe(true);
	expect(talk.engine.exchanges).toBe(0);
	expect(talk.engine.full).toBe(false);
}
