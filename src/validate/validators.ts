/** Validators: middleware for tests and for development that looks at both sides of an application. */
import type { GatewayApp } from '../layer/gateway/app.ts';
import type { LiteApp } from '../layer/gateway/lite.ts';
import type { TextApp } from '../layer/text/app.ts';
import type { RichApp } from '../rich/app.ts';
import { described } from '../rich/described.ts';
import { Misuse } from '../wire/fault.ts';
import { layerOf } from '../wire/layer.ts';
import type { ValidateOptions } from './finding.ts';
import { validateGateway, validateLite } from './gateway.ts';
import { validateRich } from './rich.ts';
import { validateText } from './text.ts';

export { type Finding, type Party, type ValidateOptions, ValidationFault } from './finding.ts';
export { validateGateway, validateLite } from './gateway.ts';
export { validateRich } from './rich.ts';
export { validateText } from './text.ts';

/** The applications that there is a validator for. */
export type ValidatedApp = RichApp | GatewayApp | LiteApp | TextApp;

/**
 * Puts the validator of its layer round an application, which keeps its layer.
 *
 * @throws Misuse for what is stamped by none of the layers (VALID-3); without `report`, ValidationFault where a rule is
 *   broken
 * @example
 * const findings: Finding[] = [];
 * const app = validate(hello, { report: (finding) => findings.push(finding) });
 */
export function validate<App extends ValidatedApp>(app: App, options: ValidateOptions = {}): App {
	switch (layerOf(app)) {
		case 'rich':
			return validateRich(app as RichApp, options) as App;
		case 'gateway':
			return validateGateway(app as GatewayApp, options) as App;
		case 'lite':
			return validateLite(app as LiteApp, options) as App;
		case 'text':
			return validateText(app as TextApp, options) as App;
	}
	throw new Misuse(
		'VALID-3',
		`validate() takes an application made by rich(), gateway(), lite() or text(), not ${described(app)}: stamp it first.`,
	);
}
