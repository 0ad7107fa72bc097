/** Attacks on HTTP/1: what never ends, what comes in floods, and what does not keep to a size. */
import { setTimeout as after } from 'node:timers/promises';
import { type Attack, CONNECTIONS, each, Foe, PATIENCE, STILL_OPEN } from './attack.ts';

/** So many at once where it is the number that does harm. */
const CROWD = 300;
const POST = 'POST /sum HTTP/1.1\r\nHost: a\r\n';
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

/** The status, and whether the connection has been closed. */
async function outcome(foe: Foe, patience: number = PATIENCE): Promise<string> {
	const ended = await foe.ended(patience);
	foe.leave();
	const status = /^HTTP\/1\.1 (\d+)/.exec(foe.first)?.[1];
	if (!ended) return STILL_OPEN;
	return status === undefined ? 'closed' : `${status}, closed`;
}

function attack(
	name: string,
	rule: string,
	allowed: readonly string[],
	count: number,
	act: (foe: Foe) => Promise<void>,
	reads = true,
): Attack {
	return {
		name,
		rule,
		allowed,
		run: ({ http1 }, tell) =>
			each(count, async () => {
				const foe = await new Foe(http1, reads).connected();
				await act(foe);
				foe.socket.resume();
				tell(await outcome(foe));
			}),
	};
}

/** Sends a part every tenth of a second, as long as it is let. */
async function drip(foe: Foe, part: string): Promise<void> {
	for (let turn = 0; turn < 60 && !foe.isOver; turn++) {
		await foe.send(part);
		await after(100);
	}
}

/** Sends the same until the connection ends, at most so often. */
async function flood(foe: Foe, part: string, count: number): Promise<void> {
	for (let turn = 0; turn < count && !foe.isOver; turn++) await foe.send(part, 4000);
}

export const HTTP1_ATTACKS: readonly Attack[] = [
	attack('Connections that say nothing', 'timeouts.silence', ['closed'], CROWD, async () => {}),
	attack(
		'Slowloris: heads in drops',
		'CVE-2007-6750; RFC 9110 §15.5.9, timeouts.head',
		['408, closed'],
		CROWD,
		async (foe) => {
			await foe.send('GET /hello HTTP/1.1\r\nHost: a\r\nX: ');
			await drip(foe, 'y');
		},
	),
	attack(
		'Slowloris: content in drops',
		'RFC 9110 §15.5.9, timeouts.contentRate',
		['408, closed'],
		CROWD,
		async (foe) => {
			await foe.send(`${POST}Content-Length: 1000000\r\n\r\n`);
			await drip(foe, 'y');
		},
	),
	attack('Chunks in drops', 'RFC 9110 §15.5.9, timeouts.contentRate', ['408, closed'], CROWD, async (foe) => {
		await foe.send(CHUNKED);
		await drip(foe, '1\r\ny\r\n');
	}),
	attack('Content that does not come', 'RFC 9110 §15.5.9, timeouts.content', ['408, closed'], CROWD, async (foe) => {
		await foe.send(`${POST}Content-Length: 1000000\r\n\r\n`);
	}),
	attack('Kept alive, and idle', 'timeouts.idle', ['200, closed'], CROWD, async (foe) => {
		await foe.send('GET /hello HTTP/1.1\r\nHost: a\r\n\r\n');
	}),
	attack(
		'Responses that are not read',
		'timeouts.stall',
		['closed', '200, closed'],
		CONNECTIONS,
		async (foe) => {
			await foe.send('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
			await after(5000);
		},
		false,
	),
	attack(
		'Responses that are not read, by a crowd',
		'timeouts.stall; a connection has at most 80 KiB of them',
		['closed', '200, closed'],
		CROWD / 2,
		async (foe) => {
			await foe.send('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
			// A socket that is not read tells nothing of its end, until it is written to.
			for (let turn = 0; turn < 80 && !foe.isOver; turn++) {
				await after(250);
				foe.socket.write('x');
			}
		},
		false,
	),
	attack(
		'Responses read in drops',
		'timeouts.stallRate',
		['closed', '200, closed'],
		CONNECTIONS,
		async (foe) => {
			await foe.send('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
			const { socket } = foe;
			for (let turn = 0; turn < 60 && !foe.isOver; turn++) {
				socket.read(1);
				await after(100);
			}
		},
		false,
	),
	attack('Pipelined requests', 'limits.bufferedOutput; RFC 9112 §9.3.2', ['200, closed'], CONNECTIONS, async (foe) => {
		await flood(foe, 'GET /hello HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(500), 40);
		await foe.send('GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
	}),
	attack(
		'Pipelined requests, responses not read',
		'timeouts.stall',
		['closed', '200, closed'],
		CONNECTIONS,
		async (foe) => {
			await flood(foe, 'GET /large HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(500), 40);
			await after(5000);
		},
		false,
	),
	attack('Lines that never end', 'limits.headSize; RFC 9110 §15.5.15', ['414, closed'], CONNECTIONS, async (foe) => {
		await foe.send('GET /');
		await flood(foe, 'x'.repeat(10_000), 200);
	}),
	attack('Fields that never end', 'limits.headSize; RFC 6585 §5', ['431, closed'], CONNECTIONS, async (foe) => {
		await foe.send('GET /hello HTTP/1.1\r\nHost: a\r\n');
		await flood(foe, `X: ${'y'.repeat(1000)}\r\n`, 2000);
	}),
	attack('Fields of an octet', 'limits.fieldCount; RFC 6585 §5', ['431, closed'], CONNECTIONS, async (foe) => {
		await foe.send('GET /hello HTTP/1.1\r\nHost: a\r\n');
		await flood(foe, 'X:y\r\n'.repeat(50), 200);
	}),
	attack('Empty lines', 'limits.emptyLines; RFC 9112 §2.2', ['400, closed'], CONNECTIONS, (foe) =>
		flood(foe, '\r\n'.repeat(500), 200),
	),
	attack(
		'Chunk extensions without end',
		'CVE-2024-22019; RFC 9112 §7.1.1',
		['400, closed'],
		CONNECTIONS,
		async (foe) => {
			await foe.send(`${CHUNKED}1;`);
			await flood(foe, 'x'.repeat(10_000), 500);
		},
	),
	attack(
		'Chunk extensions on each octet',
		'CVE-2023-39326; limits.chunkExtensionTotal',
		['400, closed'],
		CONNECTIONS,
		async (foe) => {
			await foe.send(CHUNKED);
			await flood(foe, `1;${'x'.repeat(200)}\r\ny\r\n`.repeat(50), 200);
		},
	),
	attack('Chunks of an octet', 'RFC 9112 §7.1', ['200, closed'], CONNECTIONS, async (foe) => {
		await foe.send(CHUNKED.replace('Host', 'Connection: close\r\nHost'));
		await flood(foe, '1\r\ny\r\n'.repeat(2000), 50);
		await foe.send('0\r\n\r\n');
	}),
	attack('Trailers without end', 'limits.trailerSize; RFC 6585 §5', ['431, closed'], CONNECTIONS, async (foe) => {
		await foe.send(`${CHUNKED}0\r\n`);
		await flood(foe, `X: ${'y'.repeat(1000)}\r\n`, 1000);
	}),
	attack('A request without end', 'RFC 9112 §7.1: content is streamed', ['200, closed'], 2, async (foe) => {
		await foe.send(CHUNKED.replace('Host', 'Connection: close\r\nHost'));
		await flood(foe, `ffff\r\n${'y'.repeat(0xffff)}\r\n`, 500);
		await foe.send('0\r\n\r\n');
	}),
	attack(
		'Content that nobody reads',
		'limits.readAhead',
		['closed', '503, closed', '408, closed', '400, closed'],
		CONNECTIONS,
		async (foe) => {
			await foe.send('POST /paused HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n');
			await flood(foe, 'y'.repeat(60_000), 100);
		},
	),
	attack('Connections that are reset at once', 'none: a connection is small', ['closed'], CROWD, async (foe) => {
		await foe.send('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
		foe.socket.resetAndDestroy();
	}),
	{
		name: 'Clients that do not close',
		rule: 'RFC 9112 §9.6: closed by halves, then whole',
		allowed: ['gone'],
		run: ({ http1 }, tell) =>
			each(CROWD, async () => {
				const foe = await new Foe(http1).connected();
				await foe.send('GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
				await foe.ended();
				// Our half stays open: what is sent into it is refused when the server has let go of the connection.
				for (let turn = 0; turn < 60 && !foe.socket.destroyed; turn++) {
					foe.socket.write('x');
					await after(100);
				}
				tell(foe.socket.destroyed ? 'gone' : STILL_OPEN);
				foe.leave();
			}),
	},
];
