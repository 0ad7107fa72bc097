import { createRequestHandler } from 'react-router';
import { adapt } from 'rsgi/adapters';
import { fetch } from 'rsgi/fetch';
import { staticFiles } from 'rsgi/middleware/static-files';
import * as build from './build/server/index.js';

const answer = createRequestHandler(build, 'production');
const files = staticFiles(new URL('./build/client/', import.meta.url));
// The handler's second parameter is a context of React Router, not ours.
export default files(
	adapt(
		fetch((request) => answer(request)),
		'rich',
	),
);
