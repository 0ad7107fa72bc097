/** What only Koa is asked. */
import { type Conversation, get } from '../talk/ask.ts';

export const koa: readonly Conversation[] = [
	get('/native'),
	get('/fields', [['If-Modified-Since', 'Tue, 14 Nov 2023 22:13:20 GMT']], 'conditional-get'),
];
