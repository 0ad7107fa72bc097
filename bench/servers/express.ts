/** Express on node:http. */
import { app } from './express-app.ts';
import { listening } from './listening.ts';

app.listen({ port: listening.port, host: listening.host, backlog: 4096 } as never);
