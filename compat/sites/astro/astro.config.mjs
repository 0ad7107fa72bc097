import node from '@astrojs/node';
import { defineConfig } from 'astro/config';

// ASTRO_MODE says what is built: middleware exports a function (req, res) for pages, standalone one that has the files, too.
const mode = process.env.ASTRO_MODE === 'standalone' ? 'standalone' : 'middleware';
export default defineConfig({
	output: 'server',
	outDir: mode === 'standalone' ? 'dist-standalone' : 'dist',
	adapter: node({ mode }),
});
