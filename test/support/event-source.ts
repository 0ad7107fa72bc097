/** What a browser makes of an event stream: the parser of the HTML standard (§9.2.6), step by step. */

/** One event as it is dispatched. */
export interface DispatchedEvent {
	readonly type: string;
	readonly data: string;
	readonly lastEventId: string;
}

/** What was read of a stream. */
export interface ParsedStream {
	readonly events: readonly DispatchedEvent[];
	readonly comments: readonly string[];
	/** The reconnection time, or null when none was set. */
	readonly retry: number | null;
}

/** Reads a whole stream. An event that its end cuts off is dropped. */
export function parseEventStream(bytes: Uint8Array): ParsedStream {
	const text = new TextDecoder().decode(bytes);
	const lines = text.split(/\r\n|\n|\r/);
	// What is behind the last line break is not a line.
	lines.pop();
	const events: DispatchedEvent[] = [];
	const comments: string[] = [];
	let retry: number | null = null;
	let data = '';
	let type = '';
	let idBuffer = '';
	let lastEventId = '';
	for (const line of lines) {
		if (line === '') {
			lastEventId = idBuffer;
			if (data !== '') events.push({ type: type === '' ? 'message' : type, data: data.slice(0, -1), lastEventId });
			data = '';
			type = '';
			continue;
		}
		const colon = line.indexOf(':');
		const field = colon < 0 ? line : line.slice(0, colon);
		const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
		if (colon === 0) comments.push(value);
		else if (field === 'event') type = value;
		else if (field === 'data') data += `${value}\n`;
		else if (field === 'id' && !value.includes('\0')) idBuffer = value;
		else if (field === 'retry' && /^[0-9]+$/.test(value)) retry = Number(value);
	}
	return { events, comments, retry };
}
