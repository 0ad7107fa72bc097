/** FETCH-19: the rules of the request, for Requests of the platform. */
import { expect, test } from 'vitest';
import { withoutGlobals } from '../support/fetch-request.ts';

const before = [globalThis.Request, globalThis.Response, globalThis.fetch];
class Early extends Request {}
withoutGlobals();
await import('./fetch-request.test.ts');
const { requestFor } = await import('../support/fetch-request.ts');

test('FETCH-19: nothing is put over the platform', async () => {
	const { request } = await requestFor({ target: '/a' });
	expect(request.constructor).toBe(before[0]);
	expect(new Early(request).url).toBe('http://localhost/a');
	expect([globalThis.Request, globalThis.Response, globalThis.fetch]).toEqual(before);
});
