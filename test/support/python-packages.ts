/** Tests that need Python's packages: skipped where nobody has installed them, but never in CI. */
import { describe } from 'vitest';
import { NEWEST_ENV, TEST_ENV } from '../../scripts/python-env.ts';

/** The interpreter that has them. */
export const PYTHON_WITH_PACKAGES: string = TEST_ENV.program('python');

const isSkipped = !TEST_ENV.isReady && process.env.CI !== 'true';
if (isSkipped)
	console.warn('Tests with Django, Flask and others are skipped: `node scripts/python-env.ts` installs them.');

/** As `describe`. */
export const withPackages: ReturnType<typeof describe.skipIf> = describe.skipIf(isSkipped);

/** The interpreter that has the Django of today; null where that is not there. */
export const PYTHON_WITH_NEWEST: string | null = NEWEST_ENV?.isReady === true ? NEWEST_ENV.program('python') : null;
