import { createRequestHandler } from 'react-router';
import { adapt } from 'rsgi/adapters';
import { fetch } from 'rsgi/fetch';
import { staticFiles } from 'rsgi/middleware/static-files';
import * as build from './build/server/index.js';

const answer = createRequestHandler(build, 'production');
// The handler's second parameter is a context of React Router, not ours.
const pages = fetch((request) => answer(request));
const files = staticFiles(new URL('./build/client/', import.meta.url));
export default files(adapt(pages, 'rich'));
