/** Certificates for tests. */
import { generate } from 'selfsigned';

/** A certificate for localhost and 127.0.0.1, PEM. */
export interface TestCertificate {
	readonly cert: string;
	readonly key: string;
}

/** A fresh self-signed certificate for a name. */
export async function makeCertificate(name: string): Promise<TestCertificate> {
	const made = await generate([{ name: 'commonName', value: name }], {
		algorithm: 'sha256',
		keyType: 'ec',
		extensions: [
			{ name: 'basicConstraints', cA: true },
			{
				name: 'subjectAltName',
				altNames: [
					{ type: 2, value: name },
					{ type: 7, ip: '127.0.0.1' },
				],
			},
		],
	});
	return { cert: made.cert, key: made.private };
}
