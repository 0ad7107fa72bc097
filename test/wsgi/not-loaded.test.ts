/** spec/wsgi.md, WSGI-4: what somebody is told who has named no application, or no Python. */
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { NotLoaded, PythonError, type WsgiOptions, wsgi } from 'rsgi/wsgi';
import { expect, test, vi } from 'vitest';
import { folder } from '../support/folder.ts';
import { PYTHON, site } from '../support/wsgi-site.ts';

const FILES = {
	'mysite.py': `
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'served']
def create_app(debug=False):
    return application
class Page:
    def __init__(self, environ, start_response):
        start_response('200 OK', [])
    def __iter__(self):
        return iter([b'of a class'])
    async def later(self):
        pass
number = 5
async def live(scope, receive, send):
    pass
class Handler:
    async def __call__(self, scope, receive, send):
        pass
handler = Handler()
`,
	'broken.py': 'def application(environ, start_response)\n    return []\n',
	'needy.py': 'import flask_of_nobody\n',
	'ending.py': 'import sys\nsys.exit(3)\n',
	'package.py': '',
};

const chdirOf = (): string => folder({ 'site.py': '', ...FILES });

async function refusal(name: string, options: WsgiOptions = {}): Promise<Error> {
	const app = wsgi(name, { python: PYTHON, chdir: chdirOf(), workers: 1, threads: 1, log: () => {}, ...options });
	return await Promise.resolve(app.start?.()).then(
		() => expect.unreachable(`${name} was loaded`),
		(error: unknown) => error as Error,
	);
}

test.each([
	['no_such_module', /No module named 'no_such_module' in \/.*, which chdir says, nor in the packages of \/.*py/],
	['package.inner', /No module named 'package.inner'/],
	['mysite.py', /'mysite.py' is a path, and a module is wanted, as mysite: chdir says/],
	['./shop/wsgi.py:app', /'.\/shop\/wsgi.py' is a path, and a module is wanted, as shop.wsgi:/],
	['mysite:app', /mysite has no app; it has application, create_app, Page, live, Handler, handler$/],
	['mysite:application.inner', /mysite has no application.inner$/],
	['json:app', /json, of \/.*json\/__init__.py, has no app/],
	['sys:app', /sys, of Python itself, has no app/],
	['mysite:number', /mysite:number is no application: it cannot be called, being of type int/],
	['mysite:number.real', /it cannot be called/],
	[
		'mysite:create_app',
		/not called with environ and start_response, but as create_app\(debug=False\). If it makes the application, name it mysite:create_app\(\)$/,
	],
	['mysite:Handler', /but as Handler\(\)/],
	['mysite:live', /asynchronous, as applications of ASGI are, and a WSGI application is wanted/],
	['mysite:handler', /with Django mysite.wsgi, not mysite.asgi/],
	['mysite:Handler()', /asynchronous/],
])('WSGI-4: %s is no application, and why', async (name, message) => {
	const error = await refusal(name);
	expect(error).toBeInstanceOf(NotLoaded);
	expect(error.message).toMatch(message);
	// One line for people, without a stack of ours.
	expect(error.stack).toBe(`NotLoaded: ${error.message}`);
});

test.each([
	['mysite:create_app()', 'served'],
	['mysite:Page', 'of a class'],
])('WSGI-3: %s is one', async (name, text) => {
	expect(await (await site({ chdir: chdirOf() }, name)).text('/')).toBe(text);
});

test('WSGI-4: a syntax error, a package that is not installed, and an exit, by their tracebacks', async () => {
	const syntax = await refusal('broken');
	expect(syntax).toBeInstanceOf(PythonError);
	expect(syntax.stack).toMatch(/broken\.py", line 1\n +def application/);
	const needy = await refusal('needy');
	expect(needy.stack).toMatch(/needy\.py", line 1, in <module>\n +import flask_of_nobody\n/);
	expect(needy.message).toMatch(/No module named 'flask_of_nobody' \(.*a virtual environment need its own, as .\/venv/);
	expect((await refusal('ending')).stack).toMatch(/sys\.exit\(3\)\n[ ~^]*\n?SystemExit: 3$/);
});

test('WSGI-4: an interpreter, or a folder, that is not there, or is none', async () => {
	expect((await refusal('mysite', { python: 'no-such-python' })).message).toMatch(
		/^no-such-python cannot be started: there is no no-such-python: set the option python .*\(ENOENT\)\.$/,
	);
	expect((await refusal('mysite', { chdir: '/no/such/folder' })).message).toMatch(
		/there is no folder \/no\/such\/folder: set the option chdir/,
	);
	expect((await refusal('mysite', { python: '/usr' })).message).toMatch(/it is no program that may be run/);
	expect((await refusal('mysite', { python: '/bin/true' })).message).toMatch(/Is \/bin\/true Python\?$/);
	const text = join(folder({ python: 'no program\n' }), 'python');
	chmodSync(text, 0o644);
	expect((await refusal('mysite', { python: text })).message).toMatch(/it is no program that may be run/);
});

test('WSGI-3: the path of an interpreter is from where the server is, not from the folder of the application', async () => {
	const here = folder({ 'site.py': '' });
	mkdirSync(join(here, 'venv/bin'), { recursive: true });
	symlinkSync(PYTHON, join(here, 'venv/bin/python'));
	const cwd = vi.spyOn(process, 'cwd').mockReturnValue(here);
	try {
		expect(await (await site({ python: './venv/bin/python', chdir: chdirOf() }, 'mysite')).text('/')).toBe('served');
	} finally {
		cwd.mockRestore();
	}
});
