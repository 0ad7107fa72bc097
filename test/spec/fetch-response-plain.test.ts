/** FETCH-19: the rules of the response, for Responses of the platform. */
import { expect, test } from 'vitest';
import { withoutGlobals } from '../support/fetch-request.ts';

const before = globalThis.Response;
withoutGlobals();
await import('./fetch-response.test.ts');

test('FETCH-19: Responses are those of the platform', () => {
	expect(globalThis.Response).toBe(before);
});
