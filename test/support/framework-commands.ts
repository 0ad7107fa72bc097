/** The commands of docs/frameworks.md, and the folders in compat from which tests run them. */

/** A command that serves something. */
export interface FrameworkCommand {
	/** As a reader types it. */
	readonly run: string;
	/** The folder below compat. */
	readonly folder: string;
	/** What of the folder is made by its build. */
	readonly built?: string;
	/** Where tests need another file than a reader has: one folder holds two builds. */
	readonly file?: string;
	/** Variables of the environment, beside NODE_ENV. */
	readonly env?: Readonly<Record<string, string>>;
}

/** What frameworks have built. */
export const SITES: readonly FrameworkCommand[] = [
	{
		folder: 'sites/sveltekit',
		built: 'build',
		run: 'rsgi serve build/handler.js --layer node',
	},
	{
		folder: 'sites/nitro',
		built: '.output',
		run: 'rsgi serve .output/server/index.mjs --layer node --export middleware',
	},
	{
		folder: 'sites/nitro',
		built: '.output-standard',
		run: 'rsgi serve .output/server/index.mjs',
		file: '.output-standard/server/index.mjs',
	},
	{
		folder: 'sites/nuxt',
		built: '.output',
		run: 'rsgi serve .output/server/index.mjs --layer node --export listener',
	},
	{
		folder: 'sites/next',
		built: '.next',
		run: 'rsgi serve server.js',
	},
	{
		folder: 'sites/react-router',
		built: 'build',
		run: 'rsgi serve server.js',
	},
	{
		folder: 'sites/astro',
		built: 'dist',
		run: 'rsgi serve server.js',
	},
	{
		folder: 'sites/astro',
		built: 'dist-standalone',
		run: 'ASTRO_NODE_AUTOSTART=disabled rsgi serve dist/server/entry.mjs --layer node --export handler',
		file: 'dist-standalone/server/entry.mjs',
	},
];

/** Applications of frameworks, each a file of compat/entries. */
export const ENTRIES: readonly FrameworkCommand[] = [
	...['hono', 'h3', 'itty', 'elysia', 'yoga', 'express', 'express4', 'connect', 'koa', 'fastify', 'nest', 'server'].map(
		(name) => ({ folder: 'entries', run: `rsgi serve ${name}.js` }),
	),
	{ folder: 'entries', run: 'rsgi serve listener.js --layer node' },
];

/** The arguments of `rsgi`, and the variables in front of it. */
export function wordsOf({ run, file }: FrameworkCommand): { args: string[]; env: Record<string, string> } {
	const words = run.split(' ');
	const at = words.indexOf('rsgi');
	const env = Object.fromEntries(words.slice(0, at).map((word) => word.split('=') as [string, string]));
	const [command = '', entry = '', ...rest] = words.slice(at + 1);
	return { args: [command, file ?? entry, ...rest], env };
}
