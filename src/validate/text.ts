/** The validator of the text layer. */
import { stamped } from '../layer/stamped.ts';
import { requireText, type TextApp } from '../layer/text/app.ts';
import type { TextEnviron } from '../layer/text/environ.ts';
import type { TextStartResponse } from '../layer/text/start-response.ts';
import { checkedGateway } from './checked-gateway.ts';
import type { ValidateOptions } from './finding.ts';
import { TEXT } from './layer-strings.ts';

/**
 * Puts a validator round a text application, as `validateGateway` does round one of the bytes layer.
 *
 * @throws Misuse for what is no text application (TEXT-1); without `report`, ValidationFault where a rule is broken
 * @example
 * const app = validateText(hello); // in a test: what is wrong throws
 */
export function validateText(app: TextApp, options: ValidateOptions = {}): TextApp {
	requireText(app, 'validateText()');
	return stamped<TextApp>(checkedGateway<TextEnviron, TextStartResponse>(app, TEXT, options), 'text', app);
}
