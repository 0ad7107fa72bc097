/** Makes a request in HTTP/2, by the client of Node, which is none of ours. */
import { connect, constants, type OutgoingHttpHeaders } from 'node:http2';
import { type Heard, type Probe, STALL } from './probe.ts';

/**
 * Makes the request on a connection of its own.
 * @param limit how long to wait, in milliseconds
 */
export function askHttp2(port: number, probe: Probe, target: string, limit: number): Promise<Heard> {
	return new Promise((resolve) => {
		const { content = [], announced = false, broken = false, reading = 'whole' } = probe;
		const session = connect(`http://127.0.0.1:${port}`);
		let answered = reading === 'none';
		const done = (): void => {
			clearTimeout(timer);
			session.close();
			session.destroy();
			resolve({ answered });
		};
		const timer = setTimeout(done, limit);
		session.on('error', () => {});
		const stream = session.request(headFields(probe, target, announced), { endStream: content.length === 0 });
		stream.on('error', () => {});
		stream.on('close', done);
		stream.on('response', () => {
			answered = true;
			if (reading === 'partial') stream.close(constants.NGHTTP2_CANCEL);
		});
		if (reading === 'stalled') setTimeout(() => stream.resume(), STALL);
		else stream.resume();
		void (async () => {
			for (const chunk of content) {
				await new Promise((next) => setTimeout(next, 5));
				if (stream.destroyed) return;
				stream.write(broken ? chunk.subarray(0, chunk.length >> 1) : chunk);
			}
			if (broken || reading === 'none') {
				await new Promise((next) => setTimeout(next, 20));
				stream.close(constants.NGHTTP2_CANCEL);
			} else if (content.length > 0 && !stream.destroyed) stream.end();
		})();
	});
}

function headFields(probe: Probe, target: string, announced: boolean): OutgoingHttpHeaders {
	const fields: Record<string, string | string[]> = {
		':method': probe.method,
		':path': target,
		':authority': 'localhost',
	};
	for (const [name, value] of probe.fields ?? []) {
		const before = fields[name];
		// Of what may be there once only, Node takes no list.
		fields[name] = before === undefined || name === 'accept' ? value : [before, value].flat();
	}
	const length = probe.content?.reduce((sum, chunk) => sum + chunk.length, 0) ?? 0;
	if (announced) fields['content-length'] = String(length);
	return fields;
}
