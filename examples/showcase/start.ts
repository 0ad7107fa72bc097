/** `npm start`: the showcase with and without TLS. PORT and TLS_PORT say where; 0 takes a free port. */
import { type ServeOptions, type Server, serve } from 'rsgi';
import { showcase } from './app.ts';
import { localCertificate } from './certificate.ts';
import type { Elsewhere } from './page.ts';

const elsewhere: Elsewhere = {};
const app = showcase(elsewhere);
// Event streams have no end of their own: a stop does not wait for them long.
const options: ServeOptions = { host: '127.0.0.1', timeouts: { stop: 1000 } };

const plain = await listening({ port: Number(process.env.PORT || 8000) });
const tls = await listening({ port: Number(process.env.TLS_PORT || 8443), tls: await localCertificate() });
if (tls.address.family !== 'unix') elsewhere.tlsPort = tls.address.port;

console.log(`The showcase of RSGI:

  ${plain.url}   HTTP/1.1, and HTTP/2 for clients that know beforehand
  ${tls.url}  HTTP/2 and HTTP/1.1 by ALPN; for browsers: accept the self-signed certificate

The page has a command to copy for each feature. For a start:

  curl ${plain.url}/connection
  curl -k ${tls.url}/connection
  curl -ki ${tls.url}/early-hints
  nghttp -s ${plain.url}/push

Ctrl+C stops it.`);

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
	process.on(signal, () => {
		if (stopping) return;
		stopping = true;
		void Promise.all([plain.close(), tls.close()]).then(() => process.exit());
	});
}

async function listening(where: ServeOptions): Promise<Server> {
	try {
		return await serve(app, { ...options, ...where });
	} catch (error) {
		console.error(`${(error as Error).message}\nOther ports: PORT=8001 TLS_PORT=8444 npm start`);
		process.exit(1);
	}
}
