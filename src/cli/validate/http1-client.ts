/** Makes a request in HTTP/1 over a socket, in octets, so that nothing mends what is odd in it. */
import { connect } from 'node:net';
import { type Heard, type Probe, STALL } from './probe.ts';

/**
 * Makes the request on a connection of its own.
 * @param limit how long to wait, in milliseconds
 */
export function askHttp1(port: number, probe: Probe, target: string, limit: number): Promise<Heard> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		const { reading = 'whole' } = probe;
		let answered = reading === 'none';
		const timer = setTimeout(() => socket.destroy(), limit);
		socket.on('error', () => {});
		socket.on('close', () => {
			clearTimeout(timer);
			resolve({ answered });
		});
		socket.on('data', () => {
			answered = true;
			if (reading === 'partial') socket.destroy();
		});
		if (reading === 'stalled') {
			socket.pause();
			setTimeout(() => socket.resume(), STALL);
		}
		socket.on('connect', () => {
			void sent(socket, probe, target).then(() => {
				if (reading === 'none') socket.destroy();
			});
		});
	});
}

async function sent(socket: ReturnType<typeof connect>, probe: Probe, target: string): Promise<void> {
	const { content = [], announced = false, broken = false } = probe;
	const version = probe.only === '1.0' ? '1.0' : '1.1';
	const length = content.reduce((sum, chunk) => sum + chunk.length, 0);
	const lines = [`${probe.method} ${target} HTTP/${version}`, 'host: localhost'];
	for (const [name, value] of probe.fields ?? []) lines.push(`${name}: ${value}`);
	if (announced) lines.push(`content-length: ${length}`);
	else if (content.length > 0) lines.push('transfer-encoding: chunked');
	if (version === '1.1') lines.push('connection: close');
	socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
	for (const chunk of content) {
		// Apart, so that the application sees them come one by one.
		await new Promise((resolve) => setTimeout(resolve, 5));
		const part = broken ? chunk.subarray(0, chunk.length >> 1) : chunk;
		if (!announced) socket.write(`${part.length.toString(16)}\r\n`, 'latin1');
		socket.write(part);
		if (!announced) socket.write('\r\n');
	}
	if (broken) await new Promise((resolve) => setTimeout(resolve, 20));
	else if (!announced && content.length > 0) socket.write('0\r\n\r\n');
}
