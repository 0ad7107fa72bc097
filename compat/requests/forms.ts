/** Bodies as forms are sent. */

type Field = readonly [name: string, value: string];

export const BOUNDARY: string = 'compat-boundary';

export interface Part {
	readonly name: string;
	readonly value: string;
	readonly filename?: string;
	readonly type?: string;
}

/** multipart/form-data (RFC 7578). */
export function multipart(...parts: readonly Part[]): string {
	const lines = parts.map(({ name, value, filename, type }) => {
		const file = filename === undefined ? '' : `; filename="${filename}"`;
		const content = type === undefined ? '' : `Content-Type: ${type}\r\n`;
		return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n${content}\r\n${value}\r\n`;
	});
	return `${lines.join('')}--${BOUNDARY}--\r\n`;
}

export const MULTIPART: Field = ['Content-Type', `multipart/form-data; boundary=${BOUNDARY}`];
export const URLENCODED: Field = ['Content-Type', 'application/x-www-form-urlencoded'];
export const JSON_TYPE: Field = ['Content-Type', 'application/json'];
export const PLAIN: Field = ['Content-Type', 'text/plain'];

/** Text of so many characters that compresses, but not to nothing. */
export function prose(length: number): string {
	let text = '';
	for (let at = 0; text.length < length; at++) text += `${at * 7919} `;
	return text.slice(0, length);
}
