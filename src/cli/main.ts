#!/usr/bin/env node
/** The command `rsgi`. */
import packageJson from '../../package.json' with { type: 'json' };
import { readCommandLine, wantedConfiguration } from './command-line.ts';
import { configuration } from './configuration.ts';
import { Failure } from './failure.ts';
import { helpText } from './help.ts';
import { inColour, tell } from './messages-to-people.ts';
import { serveCommand } from './serve-command.ts';
import { validateCommand } from './validate/validate-command.ts';
import { isWorker, runWorker } from './workers/worker.ts';

try {
	if (isWorker()) runWorker();
	else await run(process.argv.slice(2));
} catch (error) {
	if (!(error instanceof Failure)) throw error;
	tell.error(error.message);
	process.exitCode = error.exitCode;
	if (error.printed !== undefined) throw error.printed;
	// An application that could not be served may have left timers or sockets behind.
	process.exit();
}

async function run(args: readonly string[]): Promise<void> {
	const line = readCommandLine(args, process.env, await configuration(wantedConfiguration(args), process.cwd()));
	if (line.command === 'help') process.stdout.write(helpText(line.topic, inColour(process.stdout)));
	else if (line.command === 'version') console.log(packageJson.version);
	else if (line.command === 'validate') await validateCommand(line);
	else await serveCommand(line);
}
