/** The request head that a push promises (RICH-36). */

import type { RequestHead } from '../wire/carrier.ts';
import { Misuse } from '../wire/fault.ts';
import { DEFAULT_PRIORITY, requirePriority } from '../wire/priority.ts';
import type { PushHead } from './exchange.ts';
import { sentFields } from './sent-fields.ts';

/**
 * Completes and checks what the application promises.
 * @throws Misuse for a method that is not safe and cacheable, a target that is not a path, or fields that cannot be sent
 */
export function pushHead(head: PushHead, parent: RequestHead): RequestHead {
	const method = head.method ?? 'GET';
	if (method !== 'GET' && method !== 'HEAD') {
		throw new Misuse(
			'RICH-36',
			`Only a safe and cacheable request can be promised (RFC 9113 §8.4): GET or HEAD, not ${method}.`,
		);
	}
	if (typeof head.target !== 'string' || !/^\/[\x21-\x22\x24-\x7e]*$/.test(head.target)) {
		throw new Misuse(
			'RICH-36',
			`The target of a push is a path with a query, as /style.css?v=1, not ${JSON.stringify(head.target)}.`,
		);
	}
	const authority = head.authority ?? parent.authority;
	if (!/^[\x21-\x7e]+$/.test(authority)) {
		throw new Misuse(
			'RICH-36',
			'A push needs an authority (RFC 9113 §8.4.1): the parent request has none, so give one.',
		);
	}
	const priority = head.priority ?? DEFAULT_PRIORITY;
	requirePriority(priority);
	const fields = sentFields(head.fields);
	if (fields.has('content-length') || fields.has('host') || fields.has('te') || fields.has('upgrade')) {
		throw new Misuse(
			'RICH-36',
			'A promised request has no content, and its host is `authority`: leave Content-Length, Host, TE and Upgrade out.',
		);
	}
	return {
		method,
		scheme: parent.scheme,
		authority,
		target: head.target,
		protocol: null,
		fields,
		httpVersion: '2',
		expectsContinue: false,
		contentLength: 0,
		priority,
	};
}
