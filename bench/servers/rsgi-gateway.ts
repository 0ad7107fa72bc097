/** A hello in the bytes layer, on RSGI's own server. */
import { serve } from 'rsgi';
import { gatewayToRich } from 'rsgi/adapters';
import { bytes, gateway } from 'rsgi/gateway';
import { HELLO } from './content.ts';
import { listening } from './listening.ts';

const app = gateway((environ, startResponse) => {
	if (environ.PATH_INFO !== bytes('/hello')) {
		startResponse(bytes('404 Not Found'), []);
		return [];
	}
	startResponse(bytes('200 OK'), [[bytes('content-type'), bytes('text/plain')]]);
	return [HELLO];
});

await serve(gatewayToRich(app), { port: listening.port, host: listening.host });
