/** Starts servers for tests and stops them when the test has ended. */

import { type LogEntry, type RichApp, type ServeOptions, type Server, serve } from 'rsgi';
import { onTestFinished } from 'vitest';
import { makeCertificate, type TestCertificate } from './certificate.ts';
import { watchLog } from './tag-watch/watch.ts';

export { makeCertificate, type TestCertificate };

let certificate: Promise<TestCertificate> | null = null;

/** The certificate of this test file; made once. */
export function testCertificate(): Promise<TestCertificate> {
	certificate ??= makeCertificate('localhost');
	return certificate;
}

/** A server, and what it logged. */
export interface Served {
	readonly server: Server;
	readonly port: number;
	readonly url: string;
	readonly log: LogEntry[];
}

/** Serves on a free port of 127.0.0.1 until the test has ended. */
export async function served(app: RichApp, options: ServeOptions = {}): Promise<Served> {
	const log: LogEntry[] = [];
	const server = await serve(app, {
		log(entry) {
			watchLog(entry);
			log.push(entry);
		},
		...options,
	});
	onTestFinished(() => server.close({ graceful: false }));
	const port = server.address.family === 'unix' ? 0 : server.address.port;
	return { server, port, url: server.url, log };
}

/** The same over TLS. */
export async function servedTls(app: RichApp, options: ServeOptions = {}): Promise<Served> {
	return await served(app, { ...options, tls: { ...(await testCertificate()), ...options.tls } });
}
