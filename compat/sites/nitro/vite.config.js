import { nitro } from 'nitro/vite';
import { defineConfig } from 'vite';

// NITRO_PRESET says what is built: node_middleware exports a function (req, res), standard an object with fetch.
export default defineConfig({
	plugins: [
		nitro({
			serverDir: './server',
			// Neither preset serves what is in public unless it is told to.
			serveStatic: true,
			output: { dir: process.env.NITRO_PRESET === 'standard' ? '.output-standard' : '.output' },
		}),
	],
	oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
	environments: { client: { build: { rolldownOptions: { input: './src/entry-client.jsx' } } } },
});
