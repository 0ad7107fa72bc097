/** Watches the process of a test file, and all that it starts with Node, for tags of escapes. */
import { fileURLToPath } from 'node:url';
import { watchProcess } from './watch.ts';

watchProcess();
const inChild = fileURLToPath(new URL('in-child.ts', import.meta.url));
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=file://${inChild}`.trim();
