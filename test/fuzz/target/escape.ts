/** ESC-10 to ESC-14: responses that are, resemble or hold a placeholder, decided in one chunk or in many; against the rules written down again. */
import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { Decision, type Verdict } from '../../../src/escape/decision.ts';
import { Registrations } from '../../../src/escape/registrations.ts';
import { TAG_LENGTH } from '../../../src/escape/tag.ts';
import { rich } from '../../../src/rich/app.ts';
import { latin1Bytes, latin1Decode } from '../../../src/wire/latin1.ts';
import { alike, law, octets, pieces, type Target } from '../target.ts';

const app = rich(() => {});
const PLACEHOLDER = 'application/vnd.rsgi.escape';

/** In an input this stands for the live tag, and this for one that is dead: tags are random. */
const LIVE = '\x01';
const DEAD = '\x02';

function decide(
	registrations: Registrations,
	method: string,
	status: number,
	lines: string[],
	parts: Uint8Array[],
): string {
	const decision = new Decision(registrations, method);
	const told = (verdict: Verdict): string => (verdict.kind === 'fire' ? `fire ${verdict.made.tag}` : verdict.kind);
	let verdict = decision.head(status, lines);
	for (const part of parts) if (verdict.kind === 'hold') verdict = decision.content(part);
	if (verdict.kind === 'hold') verdict = decision.end();
	law(verdict.kind !== 'hold', 'the end of the content is no verdict');
	return told(verdict);
}

/** The text of ESC-10 to ESC-13, for content that is coded as said, or not at all. */
function expected(
	tag: string,
	method: string,
	status: number,
	type: string,
	coding: string,
	content: Uint8Array,
): string | null {
	const marked = type.toLowerCase().includes(PLACEHOLDER);
	const exact = type === `${PLACEHOLDER}; id=${tag}`;
	const text = latin1Decode(content, 0, content.length);
	if (!marked) {
		if (method === 'HEAD' || coding !== '' || text !== tag) return 'pass';
		return status === 200 ? `fire ${tag}` : 'strip';
	}
	if (status === 206) return 'fail';
	if (status !== 200) return 'strip';
	if (!exact) return type.includes(tag) ? null : 'fail';
	if (method === 'HEAD' && content.length === 0) return `fire ${tag}`;
	if (coding === '') return text === tag ? `fire ${tag}` : 'fail';
	if (coding !== 'gzip') return null;
	try {
		return latin1Decode(gunzipSync(content), 0, TAG_LENGTH + 1) === tag && content.length <= 512 ? `fire ${tag}` : null;
	} catch {
		return 'fail';
	}
}

export const target: Target = {
	words: [
		LIVE,
		DEAD,
		'\n',
		`${PLACEHOLDER}; id=${LIVE}`,
		`${PLACEHOLDER}; id=${DEAD}`,
		PLACEHOLDER.toUpperCase(),
		'text/plain',
		'; id=',
		';ID="',
		'rsgi-escape-',
		'gzip',
		'br',
		'deflate',
		'zstd',
		'identity',
		', ',
		'GZ',
		'BR',
		'<p>',
	].map(latin1Bytes),
	maxLength: 400,
	run(input) {
		const [first = 0, second = 0] = input;
		const registrations = new Registrations(() => {});
		const { tag } = registrations.add(app, {});
		const dead = registrations.add(app, {}).tag;
		const once = registrations.get(dead);
		if (once !== null) registrations.take(once);
		const method = ['GET', 'HEAD', 'POST'][first % 3] as string;
		const status = [200, 200, 200, 206, 404, 304, 500][(first >> 2) % 7] as number;
		const text = latin1Decode(input, 2, Math.max(2, input.length)).replaceAll(LIVE, tag).replaceAll(DEAD, dead);
		const [type = '', coding = '', ...rest] = text.split('\n');
		let content = latin1Bytes(rest.join('\n'));
		if ((second & 3) === 1) content = new Uint8Array(gzipSync(content));
		if ((second & 3) === 2) content = new Uint8Array(brotliCompressSync(content));
		const lines = ['Content-Type', type, ...(coding === '' ? [] : ['content-encoding', coding])];
		const verdicts = [[content], octets(content), pieces(content, second)].map((parts) =>
			decide(registrations, method, status, lines, parts),
		);
		alike('octet by octet it is decided otherwise', verdicts[0], verdicts[1]);
		alike('in pieces it is decided otherwise', verdicts[0], verdicts[2]);
		law(!verdicts[0]?.includes(dead), 'a dead tag fires');
		const rule = expected(tag, method, status, type, coding, content);
		if (rule !== null) alike(`not as the rules say: ${method} ${status} ${type} ${coding}`, verdicts[0], rule);
	},
};
