/** What every server of the comparison is told on its command line, in each runtime. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** Where a server listens, and how. */
export interface Listening {
	readonly port: number;
	readonly host: string;
	/** Certificate and key as PEM, where TLS is wanted. */
	readonly tls: { readonly cert: string; readonly key: string } | null;
	/** Whether HTTP/2 is wanted, where a server has to choose. */
	readonly http2: boolean;
}

const { values } = parseArgs({
	options: {
		port: { type: 'string' },
		cert: { type: 'string' },
		key: { type: 'string' },
		http2: { type: 'boolean', default: false },
	},
});

/** Of this process. */
export const listening: Listening = {
	port: Number(values.port),
	host: '127.0.0.1',
	tls:
		values.cert !== undefined && values.key !== undefined
			? { cert: readFileSync(values.cert, 'utf8'), key: readFileSync(values.key, 'utf8') }
			: null,
	http2: values.http2 === true,
};
