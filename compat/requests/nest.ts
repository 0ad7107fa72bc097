/** What only NestJS is asked. */
import { type Conversation, get } from '../talk/ask.ts';

export const nest: readonly Conversation[] = [
	get('/number/12'),
	get('/number/x'),
	get('/guarded'),
	get('/guarded', [['X-User', 'me']], 'a guard, let in'),
	get('/guarded', [['X-User', 'you']], 'a guard, kept out'),
	get('/wrapped'),
	get('/filtered'),
	get('/refused'),
	get('/file'),
	get('/observable'),
];
