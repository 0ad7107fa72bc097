import { expect, test } from 'vitest';
import { contract, specifiedContract } from '../../scripts/contract.ts';

test('RICH-52 the declarations of the contract are those of the specification', () => {
	expect(contract()).toBe(specifiedContract());
});
