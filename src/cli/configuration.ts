/** Reads `rsgi.config.ts`, and says which of its keys is wrong. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { connectionSettings } from '../connection/settings.ts';
import { checkOptions } from '../host/node/serve-options.ts';
import { type ConfiguredValues, SERVE_OPTIONS } from './command-line.ts';
import { importEntry } from './entry-import.ts';
import { Failure, USAGE } from './failure.ts';

const NAMES = ['ts', 'mts', 'js', 'mjs'].map((extension) => `rsgi.config.${extension}`);
/** Limits and deadlines, which have no options. */
const SETTINGS = ['http1', 'http2', 'output', 'timeouts', 'connections', 'handshakeTimeout', 'memory'];

/**
 * The configuration.
 * @param wanted its path, undefined for the one that may lie in the directory, null for none
 * @throws Failure (exit code 2) when it makes no sense, naming the key
 */
export async function configuration(
	wanted: string | null | undefined,
	directory: string,
): Promise<ConfiguredValues | undefined> {
	if (wanted === null) return undefined;
	const file = wanted ?? NAMES.find((name) => existsSync(join(directory, name)));
	if (file === undefined) return undefined;
	const path = resolve(directory, file);
	if (!existsSync(path)) throw new Failure(USAGE, `--config ${file}: there is no such file.`);
	const { exports } = await importEntry(path, file);
	const config = exports.default;
	if (typeof config !== 'object' || config === null || Array.isArray(config)) {
		throw new Failure(
			USAGE,
			`${file} has no object as its default export: write \`export default defineConfig({ … });\`, with defineConfig of rsgi/config.`,
		);
	}
	return read(config as Record<string, unknown>, file);
}

function read(config: Record<string, unknown>, file: string): ConfiguredValues {
	const wrong = (what: string): Failure => new Failure(USAGE, `${file}: ${what}`);
	const { app, ...others } = config;
	if (app !== undefined && (typeof app !== 'string' || app === '')) throw wrong('app is the path of a file.');
	const values: Record<string, string | boolean | string[]> = {};
	const keys = new Map<string, string>();
	const settings: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(others)) {
		if (value === undefined) continue;
		if (SETTINGS.includes(key)) {
			settings[key] = value;
			continue;
		}
		const name = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
		const option = Object.hasOwn(SERVE_OPTIONS, name) ? SERVE_OPTIONS[name] : undefined;
		if (option === undefined || /[-]/.test(key)) {
			throw wrong(
				`there is no ${key}. There are: app, ${[...Object.keys(SERVE_OPTIONS).map(camel), ...SETTINGS].join(', ')}.`,
			);
		}
		keys.set(name, key);
		values[name] = given(value, option, () =>
			wrong(`${key} is ${expected(option)}, not ${JSON.stringify(value) ?? String(value)}.`),
		);
	}
	try {
		checkOptions(settings);
		connectionSettings(settings);
	} catch (error) {
		throw wrong((error as Error).message);
	}
	return {
		file,
		values,
		keys,
		...(app === undefined ? {} : { entry: app as string }),
		...(Object.keys(settings).length === 0 ? {} : { settings }),
	};
}

interface Option {
	readonly type: 'string' | 'boolean';
	readonly multiple?: boolean;
}

function given(value: unknown, option: Option, wrong: () => Failure): string | boolean | string[] {
	if (option.type === 'boolean') {
		if (typeof value === 'boolean') return value;
		throw wrong();
	}
	const text = (one: unknown): string => {
		if (typeof one === 'string' || typeof one === 'number') return String(one);
		throw wrong();
	};
	if (option.multiple === true) return Array.isArray(value) ? value.map(text) : [text(value)];
	return text(value);
}

function expected(option: Option): string {
	if (option.type === 'boolean') return 'true or false';
	return option.multiple === true ? 'a text or a list of texts' : 'a text or a number';
}

function camel(name: string): string {
	return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
