/** The event stream format (HTML standard, §9.2.5 and §9.2.6), from what is to be said to text. */
import { Misuse } from '../wire/fault.ts';

/** One event. */
export interface ServerEvent {
	/** Its type: what the client listens for; `message` by default. */
	readonly event?: string;
	/** Its data. Every line break, be it CR, LF or both, arrives as LF. */
	readonly data: string;
	/** Its id: what the client sends in Last-Event-ID when it connects again. The empty id makes it forget the last one. */
	readonly id?: string;
	/** How long the client shall wait before it connects again, in milliseconds. */
	readonly retry?: number;
}

const LINE_BREAK = /\r\n|\r|\n/;

/**
 * An event as it is sent, with the empty line that dispatches it.
 * @throws Misuse for what the format cannot say (RICH-49)
 */
export function eventText(event: ServerEvent): string {
	const { event: type, data, id, retry } = event;
	if (typeof data !== 'string') {
		throw new Misuse('RICH-49', 'The data of an event is a string: use JSON.stringify for anything else.');
	}
	let text = '';
	if (type !== undefined) text += `event: ${oneLine('type', type)}\n`;
	if (id !== undefined) {
		if (id.includes('\0')) throw new Misuse('RICH-49', 'The id of an event holds no NUL: the client would ignore it.');
		text += `id: ${oneLine('id', id)}\n`;
	}
	if (retry !== undefined) text += retryLine(retry);
	return `${text}${lines('data: ', data)}\n`;
}

/** A reconnection time alone: it dispatches no event. */
export function retryText(milliseconds: number): string {
	return `${retryLine(milliseconds)}\n`;
}

/** A comment, which clients ignore. */
export function commentText(text: string): string {
	return `${lines(': ', text)}\n`;
}

function lines(name: string, text: string): string {
	if (!LINE_BREAK.test(text)) return `${name}${text}\n`;
	return text
		.split(LINE_BREAK)
		.map((line) => `${name}${line}\n`)
		.join('');
}

function oneLine(what: string, text: string): string {
	if (LINE_BREAK.test(text)) throw new Misuse('RICH-49', `The ${what} of an event is one line, without CR and LF.`);
	return text;
}

function retryLine(milliseconds: number): string {
	// The client takes digits only: no sign, no exponent, no fraction.
	if (!Number.isSafeInteger(milliseconds) || milliseconds < 0) {
		throw new Misuse('RICH-49', `A reconnection time is a whole number of milliseconds, not ${milliseconds}.`);
	}
	return `retry: ${milliseconds}\n`;
}
