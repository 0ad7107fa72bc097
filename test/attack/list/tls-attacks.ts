/** Attacks on the handshake of TLS. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { connect } from 'node:tls';
import { bytes } from '../../support/http2-frames.ts';
import { type Attack, each, Foe, STILL_OPEN } from './attack.ts';

const CROWD = 300;
/** The head of a ClientHello of 196 octets, which do not come. */
const BEGUN = bytes(22, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3);

function unfinished(name: string, sent: Uint8Array): Attack {
	return {
		name,
		rule: 'RFC 8446 §4.1.2, handshakeTimeout',
		allowed: ['closed'],
		run: ({ tls }, tell) =>
			each(CROWD, async () => {
				const foe = await new Foe(tls).connected();
				await foe.send(sent);
				const ended = await foe.ended();
				foe.leave();
				tell(ended ? 'closed' : STILL_OPEN);
			}),
	};
}

/** What a client says first, as it is sent. */
async function clientHello(): Promise<Uint8Array> {
	const listener = createServer().listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const client = connect({
		port: (listener.address() as AddressInfo).port,
		host: '127.0.0.1',
		rejectUnauthorized: false,
	});
	client.on('error', () => {});
	const [socket] = await once(listener, 'connection');
	const [hello] = await once(socket, 'data');
	client.destroy();
	socket.destroy();
	listener.close();
	return hello;
}

export const TLS_ATTACKS: readonly Attack[] = [
	unfinished('Handshakes that do not begin', new Uint8Array(0)),
	unfinished('Handshakes that do not end', BEGUN),
	{
		name: 'ClientHellos at once',
		rule: 'RFC 8446 §4.1.2: some 0.4 ms of work for each',
		allowed: ['closed'],
		// The same one, again and again: it costs the attacker nothing, and the server a key exchange and a signature.
		run: async ({ tls }, tell) => {
			const hello = await clientHello();
			const foes = await Promise.all(Array.from({ length: CROWD }, () => new Foe(tls).connected()));
			await Promise.all(foes.map((foe) => foe.send(hello)));
			for (const foe of foes) {
				const ended = await foe.ended();
				foe.leave();
				tell(ended ? 'closed' : STILL_OPEN);
			}
		},
	},
	{
		name: 'Handshakes, and nothing behind them',
		rule: 'timeouts.silence',
		allowed: ['closed'],
		run: ({ tls }, tell) =>
			each(100, async (index) => {
				// An asymmetric operation for each: so many at once, and not all in one turn of the server's loop.
				await new Promise((resolve) => setTimeout(resolve, index * 10));
				tell(
					await new Promise<string>((resolve) => {
						const socket = connect({ port: tls, host: '127.0.0.1', rejectUnauthorized: false });
						const patience = setTimeout(() => socket.destroy(), 8000);
						socket.on('error', () => {});
						socket.resume();
						let isLate = true;
						socket.on('end', () => {
							isLate = false;
						});
						socket.on('close', () => {
							clearTimeout(patience);
							resolve(isLate ? STILL_OPEN : 'closed');
						});
					}),
				);
			}),
	},
	{
		name: 'Renegotiation',
		rule: 'CVE-2011-1473; RFC 9113 §9.2.1',
		allowed: ['refused'],
		run: ({ tls }, tell) =>
			each(10, async () => {
				let granted = 0;
				await new Promise<void>((resolve) => {
					const socket = connect(
						{ port: tls, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' },
						() => {
							const again = (): void => {
								if (granted >= 50) socket.destroy();
								else
									socket.renegotiate({ rejectUnauthorized: false }, (error) => {
										if (error !== null) return;
										granted++;
										again();
									});
							};
							again();
						},
					);
					socket.resume();
					socket.on('error', () => {});
					socket.on('close', () => resolve());
					setTimeout(() => socket.destroy(), 3000).unref();
				});
				tell(granted === 0 ? 'refused' : `${granted} granted`);
			}),
	},
];
