/** RFC 9112: octets of any kind, whole, in pieces and one by one. The first octet says how it is answered and cut. */

import { Fields } from '../../../src/wire/fields.ts';
import { latin1Bytes, latin1Decode } from '../../../src/wire/latin1.ts';
import { Talk, type TalkExchange } from '../../support/http1-talk.ts';
import { alike, law, octets, pieces, type Target } from '../target.ts';

const LIMITS = {
	headSize: 400,
	fieldCount: 12,
	trailerSize: 60,
	chunkExtensionSize: 12,
	chunkExtensionTotal: 30,
	drain: 100,
	readAhead: 256,
};

const WORDS = [
	'GET ',
	'POST ',
	'HEAD ',
	'CONNECT a:1 ',
	'OPTIONS * ',
	'/ ',
	'http://a/ ',
	'HTTP/1.1\r\n',
	'HTTP/1.0\r\n',
	'\r\n',
	'\r\n\r\n',
	'\n',
	'\r',
	'Host: a\r\n',
	'Content-Length: 3\r\n',
	'Content-Length: 3, 3\r\n',
	'Transfer-Encoding: chunked\r\n',
	'Transfer-Encoding: gzip, chunked\r\n',
	'Connection: upgrade\r\n',
	'Connection: close\r\n',
	'Connection: keep-alive\r\n',
	'Upgrade: x\r\n',
	'Expect: 100-continue\r\n',
	'Priority: u=1, i\r\n',
	'Trailer: a\r\n',
	'3\r\nabc\r\n',
	'0\r\n',
	'0\r\n\r\n',
	';a="b"',
	'ffffffffffffffff\r\n',
	': ',
	' ',
	'\t',
	'\0',
	'abc',
	'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
	'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
	'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
	'%41',
	'[::1]:80',
	'user@',
	'\xff',
	' folded',
];

/** Answers in one of several ways: at the end, at once, never, with a tunnel. */
function answerBy(mode: number): (exchange: TalkExchange) => void {
	return (exchange) => {
		const { carrier, head } = exchange;
		if ((mode & 3) === 1) exchange.answer('early');
		else if ((mode & 3) === 2) carrier.discard();
		if ((mode & 3) === 1) return;
		exchange.onEnd = () => {
			if ((mode & 4) !== 0 && carrier.canAccept) {
				carrier.accept(new Fields());
				return;
			}
			carrier.respond(200, new Fields(['X-Request', `${head.method} ${exchange.text.length}`]), undefined);
			if (head.method !== 'HEAD') carrier.write(latin1Bytes('content'));
			carrier.end((mode & 8) !== 0 && carrier.canTrail ? new Fields(['X-End', '1']) : null);
		};
	};
}

function story(talk: Talk): unknown {
	return {
		output: talk.output,
		faults: talk.faults.map(String),
		finished: talk.engine.finished,
		exchanges: talk.exchanges.map(({ head, text, ends, closes }) => ({
			line: [
				head.method,
				head.target,
				head.httpVersion,
				head.authority,
				head.scheme,
				head.contentLength,
				head.protocol,
			],
			fields: head.fields.lines,
			text,
			ends,
			closes,
		})),
	};
}

export const target: Target = {
	words: WORDS.map(latin1Bytes),
	maxLength: 1000,
	run(input) {
		const mode = input[0] ?? 0;
		const wire = input.subarray(1);
		const limits = (mode & 16) !== 0 ? LIMITS : {};
		const told = [[wire], octets(wire), pieces(wire, mode)].map((parts) => {
			const talk = new Talk(answerBy(mode), { limits });
			for (const part of parts) talk.feed(part);
			for (const { rule } of talk.faults)
				law(/^RFC \d+ §|^RICH-\d+$|^(limits|timeouts)\.\w+$/.test(rule), `a fault cites ${rule}`);
			law(talk.faults.length <= 1, 'more than one fault of a connection');
			const seen = story(talk);
			talk.eof();
			talk.engine.abandon('lost');
			talk.turn();
			law(talk.engine.exchanges === 0, 'exchanges that were never closed');
			for (const { closes, ends } of talk.exchanges) {
				law(closes.length === 1, `closed ${closes.length} times`);
				law(ends.length <= 2, `${ends.length} ends`);
			}
			return seen;
		});
		// A client that waits for 100, and is answered at once, either has begun its content by then or has not: both are so.
		if ((mode & 3) === 1 && /expect/i.test(latin1Decode(wire, 0, wire.length))) return;
		alike('octet by octet it is another conversation', told[0], told[1]);
		alike('in pieces it is another conversation', told[0], told[2]);
	},
};
