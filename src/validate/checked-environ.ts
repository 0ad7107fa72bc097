/** What the server says of the request: whether an environ is complete and makes sense (VALID-5, VALID-6). */
import { joinedFields } from '../layer/gateway/field-variable.ts';
import { described } from '../rich/described.ts';
import { isToken, parseDecimal } from '../wire/grammar.ts';
import type { Inspector } from './finding.ts';
import { isDecoded, isOctets, type LayerStrings } from './layer-strings.ts';
import { shown } from './shown.ts';

/** The keys that are always there and hold octets. */
const REQUIRED = [
	'REQUEST_METHOD',
	'SCRIPT_NAME',
	'PATH_INFO',
	'QUERY_STRING',
	'SERVER_NAME',
	'SERVER_PORT',
	'SERVER_PROTOCOL',
	'rsgi.target',
];

/** The keys that the text layer decodes as UTF-8 (TEXT-6); all others are latin-1. */
const UTF8_KEYS = new Set(['SCRIPT_NAME', 'PATH_INFO', 'QUERY_STRING']);

/** Keys that must not be there, with the reason. */
const NEVER: Readonly<Record<string, string>> = {
	HTTP_CONTENT_TYPE: 'It is CONTENT_TYPE.',
	HTTP_CONTENT_LENGTH: 'It is CONTENT_LENGTH.',
	HTTP_PROXY: 'Programs take it for the setting of a proxy: a client must not set it.',
};

/** Values, read without trust in their types. */
type Values = Readonly<Record<string, unknown>>;

/** Whether it is an environ of the layer at all; what is none is told. */
export function isEnviron(environ: unknown, rules: LayerStrings, inspector: Inspector): boolean {
	if (typeof environ !== 'object' || environ === null) {
		inspector.above(rules.environRule, `The environ is ${described(environ)}.`, 'Give a plain object.');
		return false;
	}
	const layer = (environ as Values)['wsgi.layer'];
	if (layer === rules.layer) return true;
	const fix = `Wrap the application, as ${rules.layer === 'bytes' ? 'gatewayToText' : 'textToGateway'}(app).`;
	inspector.above(rules.environRule, `An application of the ${rules.layer} layer got wsgi.layer ${shown(layer)}.`, fix);
	return false;
}

/** Looks at an environ of the right layer. */
export function checkEnviron(environ: object, rules: LayerStrings, inspector: Inspector): void {
	const values = environ as Values;
	const prototype: unknown = Object.getPrototypeOf(environ);
	if (prototype !== Object.prototype && prototype !== null) {
		const fix = 'Give a plain object: middleware copies it by { ...environ }.';
		inspector.above('VALID-5', `The environ is ${described(environ)}.`, fix);
	}
	for (const key of REQUIRED) {
		if (values[key] === undefined) inspector.above('VALID-5', `environ has no ${key}.`, 'Set it in each request.');
	}
	for (const [key, value] of Object.entries(values)) {
		if (value === undefined || (key.includes('.') && key !== 'rsgi.target' && key !== 'rsgi.connect')) continue;
		checkString(key, value, rules, inspector);
	}
	checkServices(values, rules, inspector);
	checkForms(values, inspector);
	checkFields(values, rules, inspector);
}

function checkString(key: string, value: unknown, rules: LayerStrings, inspector: Inspector): void {
	const good = rules.layer === 'text' && UTF8_KEYS.has(key) ? isDecoded(value) : isOctets(value);
	if (!good) {
		const what = typeof value === 'string' ? 'text that stands for no octets' : described(value);
		const fix = `Set ${rules.called}, or take a key with a dot in it.`;
		inspector.above('VALID-5', `environ.${key} is ${what}.`, fix);
	}
	const never = NEVER[key];
	if (never !== undefined) inspector.above('GATE-38', `environ has ${key}.`, never);
	else if (key.startsWith('HTTP_') && /[^A-Z0-9_!#$%&'*+.^`|~]/.test(key)) {
		const fix = 'Write field names in capitals, with _ for -, and leave out names that have a _.';
		inspector.above('GATE-38', `environ has ${key}.`, fix);
	}
}

/** The keys that are no octets. */
function checkServices(values: Values, rules: LayerStrings, inspector: Inspector): void {
	const wrong = (key: string, fix: string): void =>
		inspector.above('VALID-5', `environ['${key}'] is ${shown(values[key])}.`, fix);
	const version = values['wsgi.version'];
	if (!Array.isArray(version) || version.length !== 2 || version[0] !== 1 || version[1] !== 0) {
		wrong('wsgi.version', 'Set [1, 0].');
	}
	const scheme = values['wsgi.url_scheme'];
	if (scheme !== 'http' && scheme !== 'https') wrong('wsgi.url_scheme', "Set 'http' or 'https', as native text.");
	if (!hasMethods(values['wsgi.input'], ['read', 'readline', 'readlines', Symbol.asyncIterator])) {
		wrong('wsgi.input', 'Set an Input: read, readline, readlines and [Symbol.asyncIterator].');
	}
	if (!hasMethods(values['wsgi.errors'], ['write', 'writelines', 'flush'])) {
		wrong('wsgi.errors', 'Set an ErrorStream: write, writelines and flush.');
	}
	for (const key of ['wsgi.multithread', 'wsgi.multiprocess', 'wsgi.run_once']) {
		if (typeof values[key] !== 'boolean') wrong(key, 'Set true or false.');
	}
	if (typeof values['rsgi.closing'] !== 'function') wrong('rsgi.closing', 'Set the closing of a Resources.');
	const wrapper = values['wsgi.file_wrapper'];
	if (wrapper !== undefined && typeof wrapper !== 'function')
		wrong('wsgi.file_wrapper', 'Set a function, or leave it out.');
	if (rules.layer === 'text' && (values['rsgi.bytes'] as Values | undefined)?.['wsgi.layer'] !== 'bytes') {
		inspector.above(
			'TEXT-7',
			"environ['rsgi.bytes'] is no environ of the bytes layer.",
			'Make it by decodeEnviron(environ).',
		);
	}
}

/** What values look like, where RFC 3875 and RFC 9110 say. */
function checkForms(values: Values, inspector: Inspector): void {
	const wrong = (key: string, fix: string): void =>
		inspector.above('VALID-6', `environ.${key} is ${shown(values[key])}.`, fix);
	const is = (key: string, pattern: RegExp): boolean => typeof values[key] !== 'string' || pattern.test(values[key]);
	const method = values.REQUEST_METHOD;
	if (typeof method === 'string' && !isToken(method)) wrong('REQUEST_METHOD', 'Set the method, a token.');
	if (!is('SCRIPT_NAME', /^(?:\/.*[^/])?$/s))
		wrong('SCRIPT_NAME', 'Begin it with /, do not end it so; for the root it is empty.');
	if (!is('PATH_INFO', /^(?:\/.*)?$/s)) wrong('PATH_INFO', 'Begin it with /, or leave it empty.');
	if (!is('SERVER_NAME', /./s)) wrong('SERVER_NAME', 'Set a name or an address.');
	if (!is('SERVER_PORT', /^\d{1,5}$/)) wrong('SERVER_PORT', 'Set the port, decimal.');
	if (!is('SERVER_PROTOCOL', /^HTTP\/\d\.\d$/)) wrong('SERVER_PROTOCOL', 'Set HTTP/1.0, HTTP/1.1 or HTTP/2.0.');
	const length = values.CONTENT_LENGTH;
	if (typeof length === 'string' && parseDecimal(length) < 0)
		wrong('CONTENT_LENGTH', 'Set a decimal, or leave it out.');
	const scheme = values['wsgi.url_scheme'];
	if (values.HTTPS !== undefined && scheme === 'http') wrong('HTTPS', 'Leave it out without TLS.');
}

/** The field lines in order, and the keys joined from them. */
function checkFields(values: Values, rules: LayerStrings, inspector: Inspector): void {
	const fields = values['rsgi.fields'];
	if (!Array.isArray(fields) || fields.length % 2 !== 0 || !fields.every(isOctets)) {
		const fix = `Set the field lines flat: name, value, name, value …, each ${rules.called}.`;
		inspector.above('VALID-5', `environ['rsgi.fields'] is ${described(fields)}.`, fix);
		return;
	}
	// Middleware may have changed a key and left the lines as they came.
	if (!inspector.underServer) return;
	for (const [key, joined] of joinedFields(fields as string[])) {
		const value = values[key];
		if (value === joined || (key === 'HTTP_HOST' && value !== undefined)) continue;
		const fix = `Join the lines of one name, Cookie by '; ' and all others by ', ': ${JSON.stringify(joined)}.`;
		inspector.above('GATE-38', `environ.${key} is ${shown(value)}, which is not what rsgi.fields has.`, fix);
	}
}

function hasMethods(value: unknown, names: readonly (string | symbol)[]): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return names.every((name) => typeof (value as Record<string | symbol, unknown>)[name] === 'function');
}
