#!/usr/bin/env node
/** The command `rsgi`. */
import packageJson from '../../package.json' with { type: 'json' };
import { readCommandLine } from './command-line.ts';
import { Failure } from './failure.ts';
import { HELP } from './help.ts';
import { serveCommand } from './serve-command.ts';
import { validateCommand } from './validate/validate-command.ts';

try {
	const line = readCommandLine(process.argv.slice(2), process.env);
	if (line.command === 'help') process.stdout.write(HELP);
	else if (line.command === 'version') console.log(packageJson.version);
	else if (line.command === 'validate') await validateCommand(line);
	else await serveCommand(line);
} catch (error) {
	if (!(error instanceof Failure)) throw error;
	console.error(`rsgi: ${error.message}`);
	process.exitCode = error.exitCode;
	if (error.printed !== undefined) throw error.printed;
	// An application that could not be served may have left timers or sockets behind.
	process.exit();
}
