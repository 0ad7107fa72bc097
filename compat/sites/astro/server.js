import { adapt } from 'rsgi/adapters';
import { staticFiles } from 'rsgi/middleware/static-files';
import { node } from 'rsgi/node';
import { handler } from './dist/server/entry.mjs';

const files = staticFiles(new URL('./dist/client/', import.meta.url));
export default files(adapt(node(handler), 'rich'));
