/** Takes a sequence of HTTP/1.1 responses apart, as a client would: for comparing what they say, not how they are framed. */

export interface PlainResponse {
	readonly head: string[];
	readonly content: string;
	readonly trailers: string[];
}

/** @param methods of the requests, in order */
export function readResponses(output: string, methods: readonly string[]): PlainResponse[] {
	const responses: PlainResponse[] = [];
	let at = 0;
	const line = (): string => {
		const end = output.indexOf('\r\n', at);
		if (end < 0) throw new Error(`no line at ${at}`);
		const text = output.slice(at, end);
		at = end + 2;
		return text;
	};
	const section = (): string[] => {
		const lines: string[] = [];
		for (let text = line(); text !== ''; text = line()) lines.push(text);
		return lines;
	};
	const octets = (length: number): string => {
		if (at + length > output.length) throw new Error('cut off');
		at += length;
		return output.slice(at - length, at);
	};
	for (const method of methods) {
		const head = section();
		let content = '';
		let trailers: string[] = [];
		const length = head.find((text) => text.startsWith('Content-Length: '));
		if (method !== 'HEAD' && length !== undefined) content = octets(Number(length.slice(16)));
		else if (method !== 'HEAD' && head.includes('Transfer-Encoding: chunked')) {
			for (let size = Number.parseInt(line(), 16); size > 0; size = Number.parseInt(line(), 16)) {
				content += octets(size);
				if (line() !== '') throw new Error('no CRLF behind a chunk');
			}
			trailers = section();
		}
		responses.push({ head, content, trailers });
	}
	if (at !== output.length) throw new Error(`${output.length - at} octets too many`);
	return responses;
}
