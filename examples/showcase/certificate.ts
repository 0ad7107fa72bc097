/** A self-signed certificate for this machine, for as long as the process runs. */
import type { CertificatePair } from 'rsgi';
import { generate } from 'selfsigned';

/** Made by the library `selfsigned`, for localhost, 127.0.0.1 and ::1. */
export async function localCertificate(): Promise<CertificatePair> {
	const altNames = [
		{ type: 2 as const, value: 'localhost' },
		{ type: 7 as const, ip: '127.0.0.1' },
		{ type: 7 as const, ip: '::1' },
	];
	const made = await generate([{ name: 'commonName', value: 'localhost' }], {
		keyType: 'ec',
		algorithm: 'sha256',
		extensions: [
			{ name: 'basicConstraints', cA: false },
			{ name: 'extKeyUsage', serverAuth: true },
			{ name: 'subjectAltName', altNames },
		],
	});
	return { cert: made.cert, key: made.private };
}
