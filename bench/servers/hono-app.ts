/** A hello as people write it for Hono. */
import { Hono } from 'hono';

/** The application. */
export const app: Hono = new Hono().get('/hello', (c) => c.text('Hello, world!')) as Hono;
