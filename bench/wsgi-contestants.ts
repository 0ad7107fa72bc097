/** The servers of WSGI, each with as many processes and threads as the others. */
import { fileURLToPath } from 'node:url';
import { BENCH_ENV } from '../scripts/python-env.ts';
import type { Contestant, Start, Task } from './contestants.ts';

/** How many processes a server of WSGI has, and how many threads each. */
export interface Workers {
	readonly processes: number;
	readonly threads: number;
}

const FOLDER = fileURLToPath(new URL('python', import.meta.url));
const APP = 'bench_site:application';
const WSGI: readonly Task[] = ['wsgi-hello', 'wsgi-page'];

/** The command line of rsgi's. */
export function wsgiOnRsgi(
	program: readonly string[],
	port: number,
	{ processes, threads }: Workers,
): readonly string[] {
	return [
		...program,
		...['serve', '--wsgi', APP, '--chdir', FOLDER, '--python', BENCH_ENV.program('python'), '--port', String(port)],
		...['--wsgi-workers', String(processes), '--wsgi-threads', String(threads)],
		...['--env', 'PYTHONDONTWRITEBYTECODE=1'],
	];
}

function python(
	name: string,
	program: string,
	options: (address: string, workers: Workers) => readonly string[],
	more: Partial<Contestant> = {},
): Contestant {
	return {
		name,
		protocols: ['h1'],
		tasks: WSGI,
		command: ({ port, workers }: Start) => [
			...['env', `PYTHONPATH=${FOLDER}`, 'PYTHONDONTWRITEBYTECODE=1', BENCH_ENV.program(program)],
			...options(`127.0.0.1:${port}`, workers ?? { processes: 1, threads: 1 }),
		],
		version: [BENCH_ENV.program(program), '--version'],
		...more,
	};
}

/** All but rsgi. */
export const WSGI_CONTESTANTS: readonly Contestant[] = [
	python('gunicorn sync', 'gunicorn', (address, { processes }) => ['-b', address, '-w', String(processes), APP], {
		fits: ({ threads }) => threads === 1,
	}),
	python('gunicorn gthread', 'gunicorn', (address, { processes, threads }) => [
		...['-b', address, '-k', 'gthread', '-w', String(processes), '--threads', String(threads), APP],
	]),
	// Its own HTTP parser in each worker, which is faster than its HTTP router before them.
	python(
		'uWSGI',
		'uwsgi',
		(address, { processes, threads }) => [
			...['--http11-socket', address, '--module', APP, '--need-app', '--master', '--die-on-term', '--disable-logging'],
			...['--processes', String(processes), ...(threads > 1 ? ['--threads', String(threads)] : [])],
		],
		{ lacksDate: true },
	),
	python('waitress', 'waitress-serve', (address, { threads }) => [`--listen=${address}`, `--threads=${threads}`, APP], {
		fits: ({ processes }) => processes === 1,
		version: [BENCH_ENV.program('python'), '-c', 'from importlib.metadata import version; print(version("waitress"))'],
	}),
	python('Granian', 'granian', (address, { processes, threads }) => [
		...[
			'--interface',
			'wsgi',
			'--host',
			'127.0.0.1',
			'--port',
			address.split(':')[1] as string,
			'--http',
			'1',
			'--no-ws',
		],
		...['--log-level', 'warning', '--workers', String(processes), '--blocking-threads', String(threads), APP],
	]),
];
