/** The response to a request that cannot be handed to an application. It says what rule was broken, never what was sent. */
import type { Fault } from '../../wire/fault.ts';
import type { Output } from '../../wire/output.ts';
import { statusPhrase } from '../../wire/status-phrases.ts';
import { writeStatusLine } from './response-head.ts';

/** @param bare without the content, as an answer to HEAD */
export function writeRefusal(output: Output, fault: Fault, date: string, bare: boolean): void {
	const content = `${fault.status} ${statusPhrase(fault.status)}\n${fault.message} (${fault.rule})\n`;
	writeStatusLine(output, fault.status, undefined);
	output.latin1(
		`Content-Type: text/plain; charset=utf-8\r\nDate: ${date}\r\nContent-Length: ${octetCount(content)}\r\nConnection: close\r\n\r\n`,
	);
	if (!bare) putUtf8(output, content);
}

/** Rules hold `§`, which is two octets in UTF-8; all else is ASCII. */
function putUtf8(output: Output, text: string): void {
	for (const character of text) {
		if (character === '§') output.latin1('\xc2\xa7');
		else output.latin1(character);
	}
}

function octetCount(text: string): number {
	return text.length + text.split('§').length - 1;
}
