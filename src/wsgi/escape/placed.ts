/** The answer to a registration: the placeholder, or what middleware that replaced the key has answered. */

import type { EscapeOptions } from '../../layer/escape-options.ts';
import type { Body } from '../../layer/gateway/body.ts';
import { latin1 } from '../../layer/gateway/byte-string.ts';
import type { Environ, Upgrade } from '../../layer/gateway/environ.ts';
import type { RichApp } from '../../rich/app.ts';
import { Misuse } from '../../wire/fault.ts';
import { latin1Bytes } from '../../wire/latin1.ts';
import { u32 } from '../frames.ts';

/** A placeholder is far shorter; so is a denial. */
const BODY_MAX = 64 * 1024;

/**
 * Registers by the environ's own key, so that whoever replaced it is asked.
 * @returns the payload of PLACED
 * @throws what the key throws; Misuse where there is no key, and for an answer that cannot be sent
 */
export async function placed(environ: Environ, app: RichApp, options: EscapeOptions): Promise<Uint8Array> {
	const upgrade: Upgrade | undefined = environ['rsgi.upgrade'];
	if (upgrade === undefined) throw new Misuse('ESC-40', "There is no escape here: environ has no 'rsgi.upgrade'.");
	const parts: string[] = [];
	const body: Body = await upgrade(
		app,
		(status, fields) => {
			parts.length = 0;
			parts.push(latin1(status));
			for (const [name, value] of fields) parts.push(latin1(name), latin1(value));
			return () => Promise.reject(new Misuse('GATE-10', 'A placeholder has no write(): its content is its body.'));
		},
		options,
	);
	if (parts.length === 0) throw new Misuse('GATE-10', "environ['rsgi.upgrade'] gave a body without startResponse().");
	const blocks: Uint8Array[] = [];
	let size = 0;
	try {
		for await (const block of body) {
			size += block.length;
			if (size > BODY_MAX) {
				throw new Misuse('WSGI-33', `An interceptor of an escape answered with more than ${BODY_MAX} octets.`);
			}
			blocks.push(block);
		}
	} finally {
		await body.close?.();
	}
	const head = parts.join('\0');
	return Buffer.concat([latin1Bytes(u32(head.length) + head), ...blocks]);
}
