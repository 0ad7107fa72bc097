/** An application of Express. */
import express, { type Express } from 'express';
import { HELLO } from './content.ts';

export const app: Express = express();
app.get('/hello', (_request, response) => {
	response.type('text/plain').send(HELLO);
});
