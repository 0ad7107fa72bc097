/** Request smuggling (RFC 9112 §11.2): requests that two parsers may read in two ways, each with another hidden behind. */
import { SMUGGLING } from '../../support/smuggling-corpus.ts';
import { type Attack, Foe, STILL_OPEN } from './attack.ts';

const HIDDEN = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';

export const SMUGGLING_ATTACK: Attack = {
	name: 'Request smuggling',
	rule: 'RFC 9112 §11.2',
	allowed: ['refused, closed'],
	async run({ http1 }, tell) {
		for (const { request } of SMUGGLING) {
			const foe = await new Foe(http1).connected();
			await foe.send(request + HIDDEN);
			// Whoever waits for more of the request gets it.
			if (!(await foe.ended(300))) await foe.send(HIDDEN);
			const ended = await foe.ended(200);
			foe.leave();
			const status = /^HTTP\/1\.1 (\d)/.exec(foe.first)?.[1];
			const refused = status === '4' || status === '5';
			if (refused) tell(ended ? 'refused, closed' : `refused, ${STILL_OPEN}`);
			else if (status === undefined) tell(ended ? 'closed' : STILL_OPEN);
			else tell(ended ? 'answered, closed' : 'answered');
		}
	},
};
