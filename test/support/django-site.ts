/** A Django site with its admin, in `test/wsgi/apps/django_site`. */
import { fileURLToPath } from 'node:url';
import { succeed } from './command.ts';
import { APPS, type Site, site, Told } from './wsgi-site.ts';

const MODULE = fileURLToPath(new URL('../../src/wsgi/python', import.meta.url));

/** Who may log in. */
export const ADMIN = { name: 'admin', password: 'a good one' } as const;

/** Makes the database, and serves the site with two workers. */
export async function djangoSite(python: string): Promise<Site> {
	const told = new Told();
	const env = { TOLD: told.folder, DJANGO_SETTINGS_MODULE: 'django_site.settings', PYTHONPATH: APPS };
	// Outside of a worker the module rsgi has to be found, too.
	const path = `${APPS}:${MODULE}`;
	const variables = Object.entries({ ...env, PYTHONPATH: path, DJANGO_SUPERUSER_PASSWORD: ADMIN.password }).map(
		([name, value]) => `${name}=${value}`,
	);
	const django = (...args: string[]) => succeed('env', [...variables, python, '-B', '-m', 'django', ...args]);
	await django('migrate', '--run-syncdb', '--verbosity', '0');
	await django('createsuperuser', '--noinput', '--username', ADMIN.name, '--email', 'admin@example.org');
	return await site({ python, env, workers: 2 }, 'django_site.wsgi:application');
}
