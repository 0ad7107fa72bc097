/** What is no response that can be sent, and what to do instead. */
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';

/**
 * Passes a Response through: that of the platform, or of a library that brings its own.
 * @throws Misuse for what is none, or an error response (FETCH-20), and for one whose body is not to be had (FETCH-21)
 */
export function requireResponse(given: unknown): Response {
	if (!isResponse(given)) {
		const fix =
			given === undefined
				? 'is there a return missing?'
				: typeof given === 'string'
					? 'write new Response(text).'
					: 'write new Response(…), or Response.json(value).';
		throw new Misuse('FETCH-20', `A fetch application returns a Response, not ${described(given)}: ${fix}`);
	}
	if (given.status < 200) {
		throw new Misuse(
			'FETCH-20',
			'A fetch application returned Response.error(), which is no response but the failure of a request: throw an error, or give a status.',
		);
	}
	if (given.bodyUsed || given.body?.locked === true) {
		throw new Misuse(
			'FETCH-21',
			'The body of the Response has been read, or is being read by another: make a Response for each request, or return response.clone().',
		);
	}
	return given;
}

function isResponse(given: unknown): given is Response {
	if (given instanceof Response) return true;
	return (
		typeof given === 'object' &&
		given !== null &&
		(given as Partial<Record<symbol, unknown>>)[Symbol.toStringTag] === 'Response'
	);
}
