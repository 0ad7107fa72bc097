/** The rich contract as text: the declarations that applications and middleware are written against, without their comments. */
import { readFileSync } from 'node:fs';
import { ROOT } from './package-entries.ts';

/** Where each name of the contract is declared. */
const DECLARED: readonly (readonly [file: string, names: readonly string[]])[] = [
	['src/rich/app.ts', ['RichFunction', 'RichHooks', 'RichApp', 'RichMiddleware']],
	['src/rich/handler.ts', ['Handler', 'TunnelHandler']],
	['src/rich/exchange.ts', ['Exchange', 'PushHead', 'Tunnel', 'UnreadContent']],
	['src/rich/outcome.ts', ['OutcomeReason', 'Outcome']],
	['src/rich/connection-facts.ts', ['ConnectionFacts', 'Address', 'TlsFacts', 'ClientCertificate']],
	['src/wire/carrier.ts', ['Priority']],
];

/** All declarations of the contract, in a fixed order; an error when one is not where it is looked for. */
export function contract(): string {
	return DECLARED.flatMap(([file, names]) => {
		const source = withoutComments(readFileSync(new URL(file, ROOT), 'utf8'));
		return names.map((name) => declaration(source, name, file));
	}).join('\n\n');
}

/** What stands in the specification, section "The contract". */
export function specifiedContract(): string {
	const text = readFileSync(new URL('spec/rich.md', ROOT), 'utf8');
	const block = /^## \d+\. The contract$[\s\S]*?^```$\n([\s\S]*?)\n^```$/m.exec(text)?.[1];
	if (block === undefined) throw new Error('spec/rich.md has no section "The contract" with a TypeScript block');
	return block;
}

function declaration(source: string, name: string, file: string): string {
	const start = source.search(new RegExp(`^export (interface|type) ${name}\\b`, 'm'));
	if (start === -1) throw new Error(`${file} declares no ${name}`);
	const rest = source.slice(start + 'export '.length);
	// The formatter puts the end of an interface, and nothing else of it, at the beginning of a line.
	const end = rest.startsWith('interface') ? rest.indexOf('\n}') + 2 : rest.search(/;\n(?!\t)/) + 1;
	return rest.slice(0, end);
}

function withoutComments(source: string): string {
	return source
		.replaceAll(/^[ \t]*\/\*\*[\s\S]*?\*\/\n/gm, '')
		.replaceAll(/^[ \t]*\/\/.*\n/gm, '')
		.replaceAll(/[ \t]*\/\*\*[^\n]*?\*\//g, '')
		.replaceAll(/\n{2,}(?=\t|})/g, '\n');
}

if (import.meta.main) console.log(contract());
