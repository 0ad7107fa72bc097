/** A client that goes away in the middle. */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';

/** Asks, on another connection, until the server shows what it should. */
export async function untilShown(origin: string, { when, has }: { when: string; has: string }): Promise<void> {
	const deadline = performance.now() + 20_000;
	for (;;) {
		const { body } = await request(new URL(when, origin));
		const text = await body.text();
		if (text.includes(has)) return;
		if (performance.now() > deadline) throw new Error(`${when} never showed ${has}, but: ${text}`);
		await sleep(5);
	}
}

/** A body of which the second half never comes. */
export async function* shown(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
	yield bytes.subarray(0, bytes.length >> 1);
	await new Promise(() => {});
}
