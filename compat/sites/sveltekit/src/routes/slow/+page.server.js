import { whenOpened } from '../../server/gate.js';

// A promise in what is loaded is not waited for: the page goes out, and what it resolves to follows.
export const load = () => ({ late: whenOpened() });
