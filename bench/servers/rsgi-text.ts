/** A hello in the text layer, on RSGI's own server. */
import { serve } from 'rsgi';
import { textToRich } from 'rsgi/adapters';
import { text } from 'rsgi/text';
import { HELLO } from './content.ts';
import { listening } from './listening.ts';

const app = text((environ, startResponse) => {
	if (environ.PATH_INFO !== '/hello') {
		startResponse('404 Not Found', []);
		return [];
	}
	startResponse('200 OK', [['content-type', 'text/plain']]);
	return [HELLO];
});

await serve(textToRich(app), { port: listening.port, host: listening.host });
