/** Node frameworks answer on RSGI as on their own servers, but for what compat/differences.ts lists. */
import { differencesAreListed } from '../support/compat-differences.ts';

differencesAreListed('node');
