/** Holds a conversation. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, text, values } from './answer.ts';
import type { Ask, Conversation } from './ask.ts';
import type { Client } from './client.ts';

/** A server that never shows what it should is given up. */
const PATIENCE = 20_000;

/**
 * Asks one thing after the other, with the cookies that were set.
 * @param mark what `$client` stands for; it is put back in what comes
 * @returns the answers that are compared
 */
export async function converse({ steps }: Conversation, client: Client, mark: string): Promise<Answer[]> {
	const answers: Answer[] = [];
	const compared: Answer[] = [];
	const cookies = new Map<string, string>();
	for (const step of steps) {
		const ask = marked(withCookies(typeof step === 'function' ? step(answers) : step, cookies), mark);
		const answer = await asked(ask, client);
		keepCookies(answer, cookies);
		answers.push(answer);
		if (!ask.aside) compared.push(answer);
	}
	return compared;
}

async function asked(ask: Ask, client: Client): Promise<Answer> {
	const deadline = performance.now() + PATIENCE;
	for (;;) {
		const answer = await client.ask(ask);
		if (ask.until === undefined || ask.until(answer)) return answer;
		if (performance.now() > deadline)
			throw new Error(`${ask.target} never answered as it should, but: ${text(answer)}`);
		await sleep(10);
	}
}

function marked(ask: Ask, mark: string): Ask {
	const put = (part: string): string => part.replaceAll('$client', mark);
	const { abort } = ask;
	return {
		...ask,
		target: put(ask.target),
		fields: (ask.fields ?? []).map(([name, value]) => [name, put(value)]),
		...(typeof ask.body === 'string' ? { body: put(ask.body) } : {}),
		...(typeof abort === 'object' ? { abort: { when: put(abort.when), has: put(abort.has) } } : {}),
	};
}

function withCookies(ask: Ask, cookies: ReadonlyMap<string, string>): Ask {
	if (cookies.size === 0) return ask;
	const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
	return { ...ask, fields: [...(ask.fields ?? []), ['Cookie', cookie]] };
}

function keepCookies(answer: Answer, cookies: Map<string, string>): void {
	for (const line of values(answer.fields, 'set-cookie')) {
		const [pair = '', ...attributes] = line.split(/;\s*/);
		const at = pair.indexOf('=');
		const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
		const gone = attributes.some((attribute) => /^(?:max-age=0|expires=Thu, 01 Jan 1970.*)$/i.test(attribute));
		if (gone || value === '') cookies.delete(name);
		else cookies.set(name, value);
	}
}
