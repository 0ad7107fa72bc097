/** Who asks what. */

import { speakers } from '../compare/rows.ts';
import type { ClientName, Conversation } from '../talk/ask.ts';
import { basics } from './common.ts';

/** Requests whose content every application that has the route reads to its end. */
const READ = /^POST \/(?:body, (?:text|JSON|JSON with a charset|a form)|count, 1 MB|mirror, 300 kB)(?:, streamed)?$/;

const CURLS: ReadonlySet<ClientName> = new Set(['curl', 'curl-h2']);

/**
 * Leaves curl out where it cannot ask over HTTP/2: when content may not have been read before the response, it takes that for a failure,
 * or waits for ever, with any server. And, for little, where others can ask in its place.
 */
export function divided(conversations: readonly Conversation[], curl: 'all' | 'little'): Conversation[] {
	return conversations.map((one) => {
		let names = speakers(one);
		if (one.steps.some(hasContent) && !(curl === 'all' && READ.test(one.name)))
			names = names.filter((name) => name !== 'curl-h2');
		const replaced = names.includes('undici') && names.includes('node-h2') && !basics.includes(one);
		if (curl === 'little' && replaced) names = names.filter((name) => !CURLS.has(name));
		return { ...one, clients: names };
	});
}

function hasContent(step: Conversation['steps'][number]): boolean {
	return typeof step === 'object' && step.body !== undefined;
}
