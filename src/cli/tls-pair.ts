/** The certificate and key that a server shows: from files, or made for development. */
import { readFileSync } from 'node:fs';
import type { TlsChoice } from './command-line.ts';
import { FAILED, Failure } from './failure.ts';

/** A certificate chain and its key, PEM. */
export interface WantedCertificates {
	readonly cert: string;
	readonly key: string;
}

/**
 * The pair that the command line asks for, or null for a server without TLS.
 * @throws Failure when a file cannot be read, or `selfsigned` is not installed
 */
export async function tlsPair(choice: TlsChoice): Promise<WantedCertificates | null> {
	if (choice.kind === 'none') return null;
	if (choice.kind === 'files') return { cert: pemFile(choice.cert, '--cert'), key: pemFile(choice.key, '--key') };
	return await developmentPair();
}

function pemFile(path: string, option: string): string {
	try {
		return readFileSync(path, 'latin1');
	} catch (error) {
		throw new Failure(FAILED, `${option} ${path} cannot be read: ${(error as Error).message}`);
	}
}

/** A self-signed certificate for the names of this machine, in memory only: a new one for each run. */
async function developmentPair(): Promise<WantedCertificates> {
	const { generate } = await selfsigned();
	const made = await generate([{ name: 'commonName', value: 'localhost' }], {
		keyType: 'ec',
		algorithm: 'sha256',
		extensions: [
			{ name: 'basicConstraints', cA: false },
			{ name: 'keyUsage', digitalSignature: true },
			{ name: 'extKeyUsage', serverAuth: true },
			{
				name: 'subjectAltName',
				altNames: [
					{ type: 2, value: 'localhost' },
					{ type: 7, ip: '127.0.0.1' },
					{ type: 7, ip: '::1' },
				],
			},
		],
	});
	return { cert: made.cert, key: made.private };
}

async function selfsigned(): Promise<typeof import('selfsigned')> {
	try {
		return await import('selfsigned');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
		throw new Failure(
			FAILED,
			'--tls makes its certificate with the library selfsigned, which is not installed: npm install -D selfsigned',
		);
	}
}
