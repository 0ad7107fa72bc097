/** Watches a process that a test has started. */
import { watchProcess } from './watch.ts';

watchProcess();
